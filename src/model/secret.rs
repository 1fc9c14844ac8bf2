//! The type of secrets, which cannot be printed.

use std::fmt;

/// How a block of PEM begins, before its label.
pub const PEM_BEGIN: &[u8] = b"-----BEGIN ";
/// How its last line begins.
pub const PEM_END: &[u8] = b"-----END ";

/// Separates the secrets of a list: ASCII's record separator.
const SEPARATOR: u8 = 0x1e;

/// The bytes of a secret: decoded, with escapes and line breaks normalised. It has no `Display`, and
/// its `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// A secret of these bytes.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes themselves. Called to compare and judge secrets, for `--show-secrets`, and for the request of a
    /// verification.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// These secrets, sorted, as one list.
    pub fn list<'s>(secrets: impl Iterator<Item = &'s Self>) -> Self {
        let mut all: Vec<&[u8]> = secrets.map(Self::expose).collect();
        all.sort_unstable();
        all.dedup();
        Self::new(all.join(&SEPARATOR))
    }

    /// How many secrets a list has; `None` if this is not a list.
    pub fn list_len(&self) -> Option<usize> {
        let separators = self.0.iter().filter(|&&byte| byte == SEPARATOR).count();
        (separators > 0).then_some(separators + 1)
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_same_in_any_order() {
        let secrets = [*b"tiger", *b"eagle", *b"tiger"].map(Secret::new);
        let list = Secret::list(secrets.iter());
        assert_eq!(list, Secret::list(secrets.iter().rev()));
        assert_eq!((list.list_len(), secrets[0].list_len()), (Some(2), None));
    }

    #[test]
    fn debug_tells_the_length_alone() {
        assert_eq!(format!("{:?}", Secret::new(*b"hunter")), "Secret(6 bytes)");
    }
}
