//! The assignment parser: identifier, operator, value.

use crate::model::{Decoding, Form, Score, Span};

/// Bytes either side of a word that [`quick`] may look at.
pub(super) const QUICK_REACH: usize = 64;
/// Bytes before a word that [`parse`] may look at.
pub(super) const REACH_BEFORE: usize = 256;
/// Bytes after a word that [`parse`] may look at.
pub(super) const REACH_AFTER: usize = 1024;

/// An identifier and the value assigned to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    /// From the identifier to the value's end.
    pub(super) span: Span,
    /// The value.
    pub(super) value: Span,
    /// The value without escapes, decoded.
    pub(super) secret: Vec<u8>,
    /// The name assigned to.
    pub(super) identifier: Box<str>,
    /// How the value is written.
    pub(super) form: Form,
    /// How likely the value is a secret.
    pub(super) score: Score,
    /// How the value was encoded.
    pub(super) decoded_by: Vec<Decoding>,
}

/// Whether an operator follows soon.
pub(super) fn quick(blob: &[u8], word: Span) -> bool {
    let after = &blob[word.end..blob.len().min(word.end + QUICK_REACH)];
    let before = word.start == 0 || !blob[word.start - 1].is_ascii_alphabetic();
    before && after.iter().take_while(|&&byte| byte != b'\n').any(|&byte| byte == b'=' || byte == b':')
}

/// The assignment whose identifier holds `word`.
pub(super) fn parse(blob: &[u8], word: Span) -> Option<Assignment> {
    let before = &blob[word.start.saturating_sub(REACH_BEFORE)..word.start];
    let after = &blob[word.end..blob.len().min(word.end + REACH_AFTER)];
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let head = before.iter().rev().take_while(|byte| name(byte)).count();
    let tail = after.iter().take_while(|byte| name(byte)).count();
    let operator =
        after[tail..].iter().take_while(|&&byte| matches!(byte, b' ' | b'=' | b':' | b'"')).count();
    let value =
        after[tail + operator..].iter().take_while(|&&byte| byte.is_ascii_graphic() && byte != b'"').count();
    if operator == 0 || value < 8 {
        return None;
    }
    let start = word.end + tail + operator;
    let span = Span::new(word.start - head, start + value);
    let identifier = String::from_utf8_lossy(&blob[span.start..word.end + tail]).into_owned().into();
    Some(Assignment {
        span,
        value: Span::new(start, start + value),
        secret: blob[start..start + value].to_vec(),
        identifier,
        form: Form::Bare,
        score: Score(500),
        decoded_by: Vec::new(),
    })
}

/// Whether a value stands for one to be filled in.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.eq_ignore_ascii_case(&b'x'))
}
