//! Many names in one text, so that one scan looks at all of them.

/// Once the text is longer than this it is worth a scan.
const ENOUGH: usize = 64 << 10;

/// What comes before the first name, between two, and after the last. A name has no NUL, and the line breaks are what
/// a rule expects around a token.
const BETWEEN: &str = "\n\0\n";

/// Names (paths, refs, authors) to be looked at together.
///
/// # Design
///
/// A name is short and hardly ever holds a secret, and a scan of its own costs more than the scan of its bytes. So the
/// names are scanned as one text, and only those at which that sees something are scanned again, each alone: what is
/// found then cannot depend on its neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
}

impl Names {
    /// Adds a name. A NUL in it, which only a forged object has, becomes another control character.
    pub fn add(&mut self, name: &str) {
        if self.text.is_empty() {
            self.text.push_str(BETWEEN);
        }
        match name.contains('\0') {
            true => self.text.push_str(&name.replace('\0', "\u{1}")),
            false => self.text.push_str(name),
        }
        self.text.push_str(BETWEEN);
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: &Self) {
        let more = other.text.strip_prefix(BETWEEN).filter(|_| !self.text.is_empty());
        self.text.push_str(more.unwrap_or(&other.text));
    }

    /// True if there is no name.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// True if there are enough names for a scan.
    pub fn is_full(&self) -> bool {
        self.text.len() >= ENOUGH
    }

    /// All of them as one text, for [`Names::split`] to take apart.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The names of a text that [`Names::as_bytes`] gave, each with its offset in it.
    pub fn split(text: &[u8]) -> impl Iterator<Item = (usize, &str)> {
        let mut at = 0;
        text.split(|byte| *byte == 0).filter_map(move |part| {
            let start = at + 1;
            at += part.len() + 1;
            let name = part.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
            Some((start, std::str::from_utf8(name).ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_as_they_were_put_together() {
        let (mut one, mut other) = (Names::default(), Names::default());
        assert!(one.is_empty());
        let all = ["a/b", "", "with\na line break", "\n", "ü", "last"];
        all[..3].iter().for_each(|name| one.add(name));
        all[3..].iter().for_each(|name| other.add(name));
        let mut joined = Names::default();
        joined.append(&one);
        joined.append(&other);
        let found: Vec<_> = Names::split(joined.as_bytes()).collect();
        assert_eq!(found.iter().map(|(_, name)| *name).collect::<Vec<_>>(), all);
        for (at, name) in found {
            assert_eq!(&joined.as_bytes()[at..at + name.len()], name.as_bytes());
        }
        assert!(!joined.is_full());
        std::iter::repeat_n("x", ENOUGH).for_each(|name| joined.add(name));
        assert!(joined.is_full());
    }
}
