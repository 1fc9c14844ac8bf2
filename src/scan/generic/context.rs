//! What is around a name and shows that its value is no secret.

use super::line::line_before;
use crate::model::Span;

/// Whether what is before a name on its line makes its value public or something else: a badge's token is public, and
/// the first argument of a look-up names who looks.
pub(super) fn is_other(text: &[u8], name: Span) -> bool {
    let line = line_before(text, name.start);
    if let Some(before) = line.strip_suffix(b"?").or(line.strip_suffix(b"&")) {
        let ends = |b: &u8| matches!(b, 0..=b' ' | b'"' | b'\'' | b'(' | b'<');
        let url = &before[before.iter().rposition(ends).map_or(0, |at| at + 1)..];
        return memchr::memmem::find(url, b"badge").is_some() || memchr::memmem::find(url, b".svg").is_some();
    }
    // The annotation by which Helm notices that a Secret has changed: `checksum/secret: x`.
    if line.ends_with(b"checksum/") {
        return true;
    }
    // The description of an option in a shell's completions: `-md[a digest for a passphrase]:digest:(md5 sha1)`.
    // The last of several names that values are assigned to is none: `[user, password] = …`.
    if text.get(name.end) == Some(&b']') && line.ends_with(b" ") && !line.ends_with(b", ")
        || line.ends_with(b"]:")
    {
        return true;
    }
    // The token of a form, which a page contains: `<input type="hidden" name="_token" value="x">`.
    let has = |part: &[u8]| memchr::memmem::find(line, part).is_some();
    let own = &text[name.start..name.end];
    // Not what opens an interface: no page has that for its own forms.
    const OF_INTERFACES: [&[u8]; 4] = [b"access_token", b"api_token", b"auth_token", b"refresh_token"];
    if own.last_chunk::<6>().is_some_and(|last| last.eq_ignore_ascii_case(b"_token"))
        && !OF_INTERFACES.iter().any(|known| own.eq_ignore_ascii_case(known))
        && has(b"<input")
        && has(b"hidden")
    {
        return true;
    }
    let call = line.strip_suffix(b"'").or(line.strip_suffix(b"\"")).unwrap_or_default();
    call.ends_with(b"lookup(") || call.ends_with(b"query(")
}
