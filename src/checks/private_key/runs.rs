//! The body of a key among what a log or code puts around each of its lines: the runs of base64 that are as long as most.

/// Bytes of base64 on a full line of a key at least: keys of Ed25519 have one line of 64, and no program writes shorter ones.
const LINE: usize = 48;

/// The runs of digits of base64 on a line, each with the padding behind it.
pub(super) fn runs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = &rest[rest.iter().position(is_digit)?..];
        let digits = rest.iter().position(|byte| !is_digit(byte)).unwrap_or(rest.len());
        let padding = rest[digits..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        let (run, after) = rest.split_at(digits + padding);
        rest = after;
        Some(run)
    })
}

/// The length that most of the runs have that may be full lines; of several such lengths the largest.
pub(super) fn full_length<'a>(runs: impl Iterator<Item = &'a [u8]>) -> Option<usize> {
    let mut lengths: Vec<usize> = runs.map(<[u8]>::len).filter(|&length| length >= LINE).collect();
    lengths.sort_unstable();
    let same = lengths.chunk_by(|a, b| a == b);
    same.max_by_key(|same| same.len()).map(|same| same[0])
}

/// The body of a key on these lines, the marks not among them: the full lines, and what is in their place on the next line.
/// Nothing if no line is full.
pub(crate) fn body(lines: &[&[u8]]) -> Option<Vec<u8>> {
    let length = full_length(lines.iter().flat_map(|line| runs(line)))?;
    let mut body = Vec::new();
    let mut last = None;
    for (at, line) in lines.iter().enumerate() {
        for (place, run) in runs(line).enumerate().filter(|(_, run)| run.len() == length) {
            body.extend_from_slice(run);
            last = Some((at, place));
        }
    }
    let (at, place) = last?;
    let next = lines[at + 1..].iter().map(|line| runs(line).nth(place)).find(Option::is_some).flatten();
    body.extend_from_slice(next.filter(|run| run.len() < length).unwrap_or_default());
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_with_their_padding() {
        let all = |line: &'static [u8]| runs(line).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(all(b"[12:30] ab+/== \"cd=\"e"), [&b"12"[..], b"30", b"ab+/==", b"cd=", b"e"]);
        assert!(all(b" -- ").is_empty());
    }

    #[test]
    fn the_last_line_is_in_the_place_of_the_others() {
        let full = |seed: u8| [b'A' + seed; 64];
        let line = |at: u8, body: &[u8]| {
            [format!("2024-01-02 03:0{at} app[7]: ").as_bytes(), body, b" (info)"].concat()
        };
        let lines = [line(0, &full(0)), line(1, &full(1)), line(2, b"QUJD/+A=")];
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        assert_eq!(body(&lines).unwrap(), [&full(0)[..], &full(1), b"QUJD/+A="].concat());
        assert_eq!(body(&lines[..2]).unwrap(), [full(0), full(1)].concat());
        assert!(body(&lines[2..]).is_none());
    }
}
