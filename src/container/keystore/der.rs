//! Elements of DER.

/// An element of DER: its tag, what it contains, and what comes after it.
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) after: &'a [u8],
    /// False if the bytes end before it does.
    pub(super) is_whole: bool,
}

/// The element that `bytes` begin with, with a definite length.
pub(super) fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (&tag, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (len, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let is_whole = len <= rest.len();
    let (content, after) = rest.split_at(len.min(rest.len()));
    Some(Element { tag, content, after, is_whole })
}

pub(super) const INTEGER: u8 = 2;
pub(super) const OCTETS: u8 = 4;
pub(super) const OID: u8 = 6;
pub(super) const SEQUENCE: u8 = 0x30;
