//! The known word that is nearest to an unknown one, for messages.

/// A longer word, in bytes, is no misspelling.
const LONGEST: usize = 100;

/// The word of `known` with the fewest edits to `word`, if it is close enough to be what was meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.len() / 3).clamp(1, 4);
    known
        .into_iter()
        .filter(|_| word.len() <= LONGEST)
        .map(|candidate| {
            let inside = word.len() >= 4 && (candidate.contains(word) || word.contains(candidate));
            (if inside { 1 } else { distance(word.as_bytes(), candidate.as_bytes()) }, candidate)
        })
        .filter(|&(edits, _)| edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many bytes must be inserted, removed or replaced to turn one word into the other.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, &a) in left.iter().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (column, &b) in right.iter().enumerate() {
            let replaced = corner + usize::from(!a.eq_ignore_ascii_case(&b));
            corner = row[column + 1];
            row[column + 1] = replaced.min(corner + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_finds_the_word_that_was_meant() {
        let known = ["secretGroup", "severity", "regex"];
        assert_eq!(nearest("secretgroup", known), Some("secretGroup"));
        assert_eq!(nearest("regx", known), Some("regex"));
        assert_eq!(nearest("elephant", known), None);
    }
}
