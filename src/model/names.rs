//! Many names in one text, so that one scan covers all of them.

use super::display_path;
use std::borrow::Cow;

/// A text longer than this is worth a scan.
const ENOUGH: usize = 64 << 10;

/// What is before the first name, between two, and after the last. A name has no NUL, and rules expect line breaks
/// around a token.
const BETWEEN: &[u8] = b"\n\0\n";

/// Names (paths, refs, authors) that are scanned together.
///
/// # Design
///
/// A name is short and hardly ever contains a secret, and a scan has a fixed cost that is higher than that of so few
/// bytes. So the names are scanned as one text. Only names with a match in it are scanned again, each alone: what is
/// found then cannot depend on the neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    text: Vec<u8>,
}

impl Names {
    /// Adds a name in its printed form ([`display_path`]). Bytes that are not UTF-8 are scanned as they are: their
    /// printed form has letters that would be taken for the start of a token that follows.
    pub fn add(&mut self, name: &str) {
        self.add_bytes(&bytes_of(name));
    }

    /// Adds a name of any bytes. A NUL, which only a forged object has, becomes another control character.
    pub fn add_bytes(&mut self, name: &[u8]) {
        if self.text.is_empty() {
            self.text.extend_from_slice(BETWEEN);
        }
        let start = self.text.len();
        self.text.extend_from_slice(name);
        for byte in self.text[start..].iter_mut().filter(|byte| **byte == 0) {
            *byte = 1;
        }
        self.text.extend_from_slice(BETWEEN);
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: &Self) {
        let more = other.text.strip_prefix(BETWEEN).filter(|_| !self.text.is_empty());
        self.text.extend_from_slice(more.unwrap_or(&other.text));
    }

    /// True if there is no name.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// True if there are enough names for a scan.
    pub fn is_full(&self) -> bool {
        self.text.len() >= ENOUGH
    }

    /// Removes all names; the allocated memory stays.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// All names as one text, which [`Names::split`] splits again.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// The names of a text made by [`Names::as_bytes`], each with its offset.
    pub fn split(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
        let mut at = 0;
        text.split(|byte| *byte == 0).filter_map(move |part| {
            let start = at + 1;
            at += part.len() + 1;
            Some((start, part.strip_prefix(b"\n")?.strip_suffix(b"\n")?))
        })
    }
}

/// The bytes of a name in its printed form: `\xNN` becomes that byte, if printing it gives the same name again.
fn bytes_of(name: &str) -> Cow<'_, [u8]> {
    let plain = Cow::Borrowed(name.as_bytes());
    if !name.contains("\\x") {
        return plain;
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let hex = rest.get(at + 2..at + 4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex.filter(|byte| !byte.is_ascii()) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(b"\\x"),
        }
        rest = &rest[at + if hex.is_some_and(|byte| !byte.is_ascii()) { 4 } else { 2 }..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    if display_path(&bytes) == name { Cow::Owned(bytes) } else { plain }
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
        assert_eq!(found.iter().map(|(_, name)| *name).collect::<Vec<_>>(), all.map(str::as_bytes));
        for (at, name) in found {
            assert_eq!(&joined.as_bytes()[at..at + name.len()], name);
        }
        assert!(!joined.is_full());
        std::iter::repeat_n("x", ENOUGH).for_each(|name| joined.add(name));
        assert!(joined.is_full());
    }

    #[test]
    fn a_name_as_it_is_shown_stands_for_the_bytes_it_has() {
        for bytes in [
            &b"\xff"[..],
            b"a\xffb\xc3\xa9",
            b"\\x",
            b"\\xzz",
            b"\\x41",
            b"\xc3",
            "\u{e9}\\x\u{e9}".as_bytes(),
        ] {
            let mut names = Names::default();
            names.add(&display_path(bytes));
            let found: Vec<_> = Names::split(names.as_bytes()).map(|(_, name)| name).collect();
            assert_eq!(found, [bytes]);
        }
        // Each of these bytes alone is not UTF-8, but two together are a letter.
        let shown = "\\xc3\\xa9";
        let mut names = Names::default();
        names.add(shown);
        assert_eq!(Names::split(names.as_bytes()).next().map(|(_, name)| name), Some(shown.as_bytes()));
    }
}
