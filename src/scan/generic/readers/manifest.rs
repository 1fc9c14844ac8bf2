//! Documents that say that they contain secrets: under the data of a Kubernetes Secret every value is one, whatever its
//! key.

use crate::model::Span;
use crate::scan::generic::line::{byte, past_blanks, past_line_end};
use crate::scan::generic::quote;
use crate::scan::generic::value;

/// How far around the words that say so the document is read, in bytes.
pub(in crate::scan::generic) const FURTHEST: usize = 8 << 10;

/// The most entries of a document.
const MOST: usize = 200;

/// An entry of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scan::generic) struct ManifestEntry {
    /// Its key.
    pub key: Span,
    /// Its value, without quotes.
    pub value: Span,
    /// The value's bytes.
    pub text: Vec<u8>,
    /// Whether it is in base64.
    pub is_encoded: bool,
}

/// Whether the words at `word` are the document's kind, and not a part of something else.
pub(in crate::scan::generic) fn quick(text: &[u8], word: Span) -> bool {
    is_kind(text, word).is_some()
}

/// How a document says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ManifestKind {
    /// `kind: Secret`, in YAML.
    Yaml,
    /// `"kind": "Secret"`, in JSON.
    Json,
    /// `resource "kubernetes_secret"`, in HCL.
    Hcl,
    /// `kind = "Secret"` of a manifest in HCL.
    HclManifest,
    /// Kustomize's `secretGenerator:`.
    Generator,
}

fn is_kind(text: &[u8], word: Span) -> Option<ManifestKind> {
    let anchor = text.get(word.start..word.end)?;
    let follows = byte(text, word.end);
    let before = if word.start > 0 { text[word.start - 1] } else { b'\n' };
    if anchor.eq_ignore_ascii_case(b"kind: secret") {
        return (matches!(follows, b'\r' | b'\n' | b' ' | b'#' | 0) && matches!(before, b'\n' | b' '))
            .then_some(ManifestKind::Yaml);
    }
    // `kind: "Secret"`: the anchor is up to the closing quote.
    if anchor.starts_with(b"kind: ") || anchor.starts_with(b"Kind: ") {
        return (matches!(follows, b'\r' | b'\n' | b' ' | 0) && matches!(before, b'\n' | b' '))
            .then_some(ManifestKind::Yaml);
    }
    if anchor.starts_with(b"= ") {
        let lead = text[..word.start].trim_ascii_end();
        let lead = lead.strip_suffix(b"\"").unwrap_or(lead);
        return (lead.ends_with(b"kind") && &anchor[3..9] == b"Secret").then_some(ManifestKind::HclManifest);
    }
    if anchor.eq_ignore_ascii_case(b"kubernetes_secret") {
        return (before == b'"' && (follows == b'"' || text[word.end..].starts_with(b"_v1\"")))
            .then_some(ManifestKind::Hcl);
    }
    if anchor.eq_ignore_ascii_case(b"secretgenerator:") {
        return Some(ManifestKind::Generator);
    }
    // JSON, with or without blanks: the anchor is `kind"`.
    let colon = past_blanks(text, word.end);
    let quote = past_blanks(text, colon + 1);
    (byte(text, colon) == b':' && text[quote.min(text.len())..].starts_with(b"\"Secret\"") && before == b'"')
        .then_some(ManifestKind::Json)
}

/// Passes the entries of the document to `found`.
pub(in crate::scan::generic) fn read(text: &[u8], word: Span, mut found: impl FnMut(ManifestEntry)) {
    match is_kind(text, word) {
        Some(ManifestKind::Yaml) => yaml(text, word, &mut found),
        Some(ManifestKind::Json) => object(text, word, &[b"\"data\"", b"\"stringData\""], &mut found),
        Some(ManifestKind::Hcl) => hcl(text, word, &mut found),
        Some(ManifestKind::HclManifest) => object(text, word, &[b"data", b"stringData"], &mut found),
        Some(ManifestKind::Generator) => generator(text, word, &mut found),
        None => {}
    }
}

/// Lines, each with its start, from `at` on.
fn lines(text: &[u8], at: usize) -> impl Iterator<Item = Span> + '_ {
    let mut next = Some(at);
    std::iter::from_fn(move || {
        let start = next.filter(|&start| start < text.len())?;
        let len = memchr::memchr(b'\n', &text[start..]);
        next = len.map(|len| start + len + 1);
        Some(Span::new(start, len.map_or(text.len(), |len| start + len)))
    })
}

fn yaml(text: &[u8], word: Span, found: &mut impl FnMut(ManifestEntry)) {
    let line_start = text[..word.start].iter().rposition(|&b| b == b'\n').map_or(0, |feed| feed + 1);
    let indent = word.start - line_start;
    // The document starts after the last `---`, or after the last line that is indented less. An item of a list starts with
    // its dash.
    let mut start = line_start;
    let leads_item = text[line_start..word.start].trim_ascii() == b"-";
    while start > 0 && !leads_item {
        let above = text[..start - 1].iter().rposition(|&b| b == b'\n').map_or(0, |feed| feed + 1);
        let line = &text[above..start - 1];
        let blanks = past_blanks(text, above) - above;
        if line.starts_with(b"---") || !line.trim_ascii().is_empty() && blanks < indent {
            // The first key of an item is after its dash.
            if blanks + 2 == indent && line.trim_ascii_start().starts_with(b"- ") {
                start = above;
            }
            break;
        }
        start = above;
    }
    // (Whether the entries of the block are encoded.)
    let mut block: Option<bool> = None;
    let mut count = 0;
    let mut until = 0;
    // The indentation of the block's entries.
    let mut level = 0;
    for line in lines(text, start) {
        let bytes = &text[line.start..line.end];
        let trimmed = bytes.trim_ascii();
        if bytes.starts_with(b"---") && line.start > start {
            return;
        }
        if line.start < until || trimmed.is_empty() || trimmed.starts_with(b"#") || trimmed.starts_with(b"{{")
        {
            continue;
        }
        let blanks = past_blanks(text, line.start) - line.start;
        let blanks = if trimmed.starts_with(b"- ") { blanks + 2 } else { blanks };
        if blanks < indent {
            return;
        }
        if blanks == indent {
            // The next item of the list is another document: a ConfigMap beside the Secret.
            if trimmed.starts_with(b"- ") && line.start > start {
                return;
            }
            let key = trimmed.strip_prefix(b"- ").unwrap_or(trimmed);
            let (is_encoded, rest) = match (key.strip_prefix(b"data:"), key.strip_prefix(b"stringData:")) {
                (Some(rest), _) => (true, rest.trim_ascii_start()),
                (_, Some(rest)) => (false, rest.trim_ascii_start()),
                _ => (false, &b"-"[..]),
            };
            block = opens_block(rest).then_some(is_encoded);
            if rest.starts_with(b"{") {
                let open = line.start + (bytes.trim_ascii_end().len() - rest.len());
                flow(text, Span::new(open + 1, line.end), is_encoded, found);
            }
            level = 0;
            continue;
        }
        let Some(is_encoded) = block else { continue };
        if level != 0 && blanks > level {
            continue;
        }
        level = blanks;
        let Some((key, at)) = key(text, line.start + blanks) else { continue };
        let Some((value, bytes, end)) = yaml_value(text, at) else { continue };
        until = end;
        count += 1;
        if count > MOST {
            return;
        }
        found(ManifestEntry { key, value, text: bytes, is_encoded });
    }
}

/// Whether a block follows what is after its key: nothing, an anchor, a comment.
fn opens_block(rest: &[u8]) -> bool {
    let anchor = if rest.starts_with(b"&") { rest.iter().take_while(|b| **b > b' ').count() } else { 0 };
    let rest = rest[anchor..].trim_ascii_start();
    rest.is_empty() || rest.starts_with(b"#")
}

/// The entries of a mapping on one line: `data: {foo: eA==, bar: "eQ=="}`.
fn flow(text: &[u8], inner: Span, is_encoded: bool, found: &mut impl FnMut(ManifestEntry)) {
    let mut at = inner.start;
    for _ in 0..MOST {
        while at < inner.end && matches!(text[at], b' ' | b',' | b'\t') {
            at += 1;
        }
        let Some((key, start)) = key(text, at).filter(|_| at < inner.end) else { return };
        let (value, bytes, end) = match quote::one(text, start) {
            Some(quoted) => (quoted.span, quoted.text, quoted.end),
            None => {
                let rest = &text[start.min(inner.end)..inner.end];
                let len = rest.iter().position(|b| matches!(b, b',' | b'}')).unwrap_or(rest.len());
                let value = rest[..len].trim_ascii_end();
                (Span::new(start, start + value.len()), value.to_vec(), start + len)
            }
        };
        if bytes.is_empty() || end > inner.end {
            return;
        }
        at = end;
        found(ManifestEntry { key, value, text: bytes, is_encoded });
    }
}

/// The key at `at`, and where its value starts.
fn key(text: &[u8], at: usize) -> Option<(Span, usize)> {
    let quote = usize::from(matches!(byte(text, at), b'"' | b'\''));
    let start = at + quote;
    let len = text
        .get(start..)?
        .iter()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'))
        .count();
    let colon = past_blanks(text, start + len + quote);
    (len > 0 && matches!(byte(text, colon), b':' | b'='))
        .then(|| (Span::new(start, start + len), past_blanks(text, colon + 1)))
}

/// A value, its bytes, and where it ends.
fn yaml_value(text: &[u8], at: usize) -> Option<(Span, Vec<u8>, usize)> {
    let at = match text.get(at..) {
        Some(rest) if rest.starts_with(b"!!binary ") => past_blanks(text, at + 9),
        _ => at,
    };
    if matches!(byte(text, at), b'|' | b'>') {
        let mut end = at + 1;
        while matches!(byte(text, end), b'-' | b'+' | b'1'..=b'9') {
            end += 1;
        }
        let line = past_line_end(text, past_blanks(text, end))?;
        let block = quote::block(text, line)?;
        return Some((block.span, block.text, block.end));
    }
    if let Some(quoted) = quote::one(text, at).filter(|_| matches!(byte(text, at), b'"' | b'\'')) {
        return Some((quoted.span, quoted.text, quoted.end));
    }
    let rest = text.get(at..)?;
    let len = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    let line = &rest[..len];
    let line = memchr::memmem::find(line, b" #").map_or(line, |comment| &line[..comment]).trim_ascii_end();
    (!line.is_empty()).then(|| (Span::new(at, at + line.len()), line.to_vec(), at + line.len()))
}

/// The entries of an object in JSON or HCL; `names` are those of the encoded ones and of the plain ones.
fn object(text: &[u8], word: Span, names: &[&[u8]; 2], found: &mut impl FnMut(ManifestEntry)) {
    // The object with this kind: from its opening to its closing brace.
    let mut depth = 0usize;
    let start = text[..word.start].iter().rposition(|&b| {
        match b {
            b'}' => depth += 1,
            b'{' if depth == 0 => return true,
            b'{' => depth -= 1,
            _ => {}
        }
        false
    });
    let start = start.unwrap_or(0);
    let mut depth = 0usize;
    let object = &text[start..];
    let len = object.iter().position(|&b| {
        match b {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        b == b'}' && depth == 0
    });
    let end = start + len.unwrap_or(object.len());
    for (name, is_encoded) in [(names[0], true), (names[1], false)] {
        let is_name = |at: &usize| !byte(text, (start + at).wrapping_sub(1)).is_ascii_alphanumeric();
        let Some(at) = memchr::memmem::find_iter(&text[start..end], name).find(is_name) else { continue };
        let after = start + at + name.len();
        let colon = past_blanks(text, after + usize::from(byte(text, after) == b'"'));
        let brace = past_blanks(text, colon + 1);
        if matches!(byte(text, colon), b':' | b'=') && byte(text, brace) == b'{' {
            braced(text, brace, end, is_encoded, found);
        }
    }
}

fn hcl(text: &[u8], word: Span, found: &mut impl FnMut(ManifestEntry)) {
    let rest = &text[word.end..];
    for (name, is_encoded) in [(&b"\n  data "[..], false), (b"\n  data=", false), (b"\n  binary_data ", true)]
    {
        let Some(at) = memchr::memmem::find(rest, name) else { continue };
        // It belongs to this resource, and not to the next.
        if memchr::memmem::find(&rest[..at], b"\n}").is_some() {
            continue;
        }
        let Some(brace) = rest[at..].iter().take(40).position(|&b| b == b'{') else { continue };
        braced(text, word.end + at + brace, text.len(), is_encoded, found);
    }
}

/// The entries between braces, with `:` or `=`, in quotes or without.
fn braced(text: &[u8], open: usize, end: usize, is_encoded: bool, found: &mut impl FnMut(ManifestEntry)) {
    let mut at = open + 1;
    for _ in 0..MOST {
        while at < end && (text[at].is_ascii_whitespace() || text[at] == b',') {
            at += 1;
        }
        if at >= end || text[at] == b'}' {
            return;
        }
        let Some((key, start)) = key(text, at) else { return };
        match quote::one(text, start) {
            Some(quoted) => {
                at = quoted.end;
                found(ManifestEntry { key, value: quoted.span, text: quoted.text, is_encoded });
            }
            None => match memchr::memchr2(b'\n', b',', &text[start..end]) {
                Some(next) => at = start + next,
                None => return,
            },
        }
    }
}

/// `- name=value` below `literals:`.
fn generator(text: &[u8], word: Span, found: &mut impl FnMut(ManifestEntry)) {
    let mut is_within = false;
    for line in lines(text, word.end).skip(1).take(MOST) {
        let trimmed = text[line.start..line.end].trim_ascii();
        if !text[line.start..line.end].starts_with(b" ") && !trimmed.starts_with(b"-") && !trimmed.is_empty()
        {
            return;
        }
        if trimmed.ends_with(b":") {
            is_within = trimmed.ends_with(b"literals:");
            continue;
        }
        let Some(item) = trimmed.strip_prefix(b"- ").filter(|_| is_within) else { continue };
        let offset = line.end - text[line.start..line.end].trim_ascii_start().len() + 2;
        let Some((key, start)) = key(text, offset) else { continue };
        let len = item.len() - (start - offset).min(item.len());
        let value = Span::new(start, start + len);
        if len > 0 && len < value::LONGEST {
            found(ManifestEntry {
                key,
                value,
                text: text[value.start..value.end].to_vec(),
                is_encoded: false,
            });
        }
    }
}
