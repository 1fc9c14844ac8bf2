//! The fallback of a variable: the literal that is used if it is not set.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};

/// Where the literal begins that takes the place of a variable that is not set, if `name` is one's:
/// `process.env.API_SECRET || 'x'`, `getenv("API_SECRET") ?: "x"`, `env::var("API_SECRET").unwrap_or("x".into())`. What the
/// value is assigned to may have any name.
pub(super) fn fallback(text: &[u8], name: Span, after_quote: usize) -> Option<usize> {
    const METHODS: [&[u8]; 6] = [
        b".unwrap_or_else(|_| ",
        b".unwrap_or_else(|| ",
        b".unwrap_or(",
        b".orElse(",
        b".or_else(|_| ",
        b".getOrElse(",
    ];
    let close = usize::from(matches!(byte(text, after_quote), b')' | b']'));
    let at = after_quote + close;
    let gap = past_blanks(text, at);
    let rest = text.get(gap..)?;
    let len = match (rest.first()?, rest.get(1)?) {
        (b'|', b'|') | (b'?', b'?' | b':') if rest.get(2) != Some(&b'=') => 2,
        (b'o', b'r') if gap > at && rest.get(2) == Some(&b' ') => 2,
        (b'.', _) => METHODS.iter().find(|method| rest.starts_with(method))?.len(),
        _ => return None,
    };
    let value = past_blanks(text, gap + len);
    let is_literal = matches!(byte(text, value), b'"' | b'\'' | b'`');
    // What looks the variable up is before it, after at most a bracket and a quote.
    let before = line_before(text, name.start);
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or(before);
    let look_up = before.strip_suffix(b"(").or(before.strip_suffix(b"[")).or(before.strip_suffix(b"."));
    let word = look_up
        .unwrap_or_default()
        .rsplit(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'.' | b':'))
        .next()?;
    let lower = word.to_ascii_lowercase();
    let own = &text[name.start..name.end];
    let is_variable =
        [&b"env"[..], b"property"].iter().any(|part| memchr::memmem::find(&lower, part).is_some())
            || memchr::memmem::find(own, b"env.").is_some();
    (is_literal && is_variable).then_some(value)
}
