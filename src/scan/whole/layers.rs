//! A text whose encoded parts are decoded in place, as gitleaks decodes it before it looks again.
//!
//! Base64 (both alphabets), hexadecimal digits and percent-encoding, if what they decode to is printable ASCII. Such a layer
//! may have encoded parts itself.

use crate::model::{Decoding, Span};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use std::ops::Range;

/// The shortest run of base64 that is decoded, and of hexadecimal digits, in bytes.
const BASE64_RUN: usize = 16;
const HEX_RUN: usize = 32;

/// How often a layer is decoded again.
pub(super) const DEEPEST: usize = 5;

/// A text with decoded parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layer {
    /// The text.
    pub(super) text: Vec<u8>,
    /// Its decoded parts, those of the layers below included, in order and apart.
    parts: Vec<DecodedPart>,
}

/// A decoded part.
#[derive(Debug, PartialEq, Eq)]
struct DecodedPart {
    /// Where it is in the layer.
    decoded: Span,
    /// Where it was in the blob.
    original: Span,
    /// How it was encoded, outermost first.
    decodings: Vec<Decoding>,
    /// False if a layer below has it already.
    is_new: bool,
}

impl Layer {
    /// `text` with its encoded parts decoded; `None` if there are none. `below` is the layer that `text` is, if it is one.
    pub(super) fn of(text: &[u8], below: Option<&Self>) -> Option<Self> {
        let mut layer = Self::default();
        let mut done = 0;
        for (run, decoded, decoding) in runs(text) {
            layer.copy(text, done..run.start, below);
            let start = layer.text.len();
            layer.text.extend_from_slice(&decoded);
            done = run.end;
            let original = below.map_or(run, |below| below.moved(run));
            let mut decodings = below.map(|below| below.decodings(run)).unwrap_or_default();
            decodings.push(decoding);
            let decoded = Span::new(start, layer.text.len());
            layer.parts.push(DecodedPart { decoded, original, decodings, is_new: true });
        }
        layer.copy(text, done..text.len(), below);
        (done > 0).then_some(layer)
    }

    /// Adds a part of the text below as it is, with what of it the layers below decoded.
    fn copy(&mut self, text: &[u8], range: Range<usize>, below: Option<&Self>) {
        let at = self.text.len();
        self.text.extend_from_slice(&text[range.clone()]);
        let Some(below) = below else { return };
        for part in below.touched(Span::new(range.start, range.end)) {
            let start = part.decoded.start.max(range.start) - range.start + at;
            let end = part.decoded.end.min(range.end) - range.start + at;
            let (original, decodings) = (part.original, part.decodings.clone());
            self.parts.push(DecodedPart {
                decoded: Span::new(start, end),
                original,
                decodings,
                is_new: false,
            });
        }
    }

    /// The parts that a span touches.
    fn touched(&self, span: Span) -> impl Iterator<Item = &DecodedPart> {
        let first = self.parts.partition_point(|part| part.decoded.end <= span.start);
        self.parts[first..].iter().take_while(move |part| part.decoded.start < span.end)
    }

    /// How a span was encoded at most, outermost first.
    fn decodings(&self, span: Span) -> Vec<Decoding> {
        let most = self.touched(span).max_by_key(|part| part.decodings.len());
        most.map_or_else(Vec::new, |part| part.decodings.clone())
    }

    /// Where a span of the layer was in the blob, and how it was encoded; `None` if no part of it was decoded for this
    /// layer.
    pub(super) fn origin(&self, span: Span) -> Option<(Span, Vec<Decoding>)> {
        let is_new = self.touched(span).any(|part| part.is_new);
        is_new.then(|| (self.moved(span), self.decodings(span)))
    }

    /// A span of the layer as one of the blob. A start within a decoded part is as far within the encoded one, which is
    /// longer, so that two starts are never one; an end within a decoded part is the encoded one's end.
    fn moved(&self, span: Span) -> Span {
        let at = |position: usize, is_end: bool| {
            let next = self.parts.partition_point(|part| part.decoded.end < position + usize::from(!is_end));
            match self.parts.get(next).filter(|part| part.decoded.start < position + usize::from(!is_end)) {
                Some(part) if is_end => part.original.end,
                Some(part) => part.original.end.min(part.original.start + (position - part.decoded.start)),
                None => match next.checked_sub(1).map(|before| &self.parts[before]) {
                    Some(before) => before.original.end + (position - before.decoded.end),
                    None => position,
                },
            }
        };
        Span::new(at(span.start, false), at(span.end, true))
    }
}

/// The encoded parts of a text, in order and apart, with what they decode to.
fn runs(text: &[u8]) -> Vec<(Span, Vec<u8>, Decoding)> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'%' {
            let (end, decoded) = percent(text, at);
            if let Some(decoded) = decoded {
                runs.push((Span::new(at, end), decoded, Decoding::Percent));
            }
            at = end;
            continue;
        }
        let is_run = |byte: &u8| byte.is_ascii_alphanumeric() || b"_/+-".contains(byte);
        let len = text[at..].iter().take_while(|byte| is_run(byte)).count();
        if len < BASE64_RUN {
            at += len.max(1);
            continue;
        }
        let padding = text[at + len..].iter().take(2).take_while(|byte| **byte == b'=').count();
        let (bare, padded) = (&text[at..at + len], &text[at..at + len + padding]);
        let is_hex = len >= HEX_RUN && len % 2 == 0 && bare.iter().all(u8::is_ascii_hexdigit);
        let is_likely = bare.iter().any(|byte| byte.is_ascii_digit() || b"+/-_".contains(byte));
        let printable = |decoded: Vec<u8>| is_printable(&decoded).then_some(decoded);
        let hex = || HEXLOWER_PERMISSIVE.decode(bare).ok().and_then(printable);
        let base64 = || {
            let plain = BASE64.decode(padded).ok().and_then(printable);
            plain.or_else(|| BASE64URL_NOPAD.decode(bare).ok().and_then(printable))
        };
        if !is_likely {
            at += len;
        } else if let Some(decoded) = is_hex.then(hex).flatten() {
            runs.push((Span::new(at, at + len), decoded, Decoding::Hex));
            at += len;
        } else if let Some(decoded) = base64() {
            runs.push((Span::new(at, at + len + padding), decoded, Decoding::Base64));
            at += len + padding;
        } else {
            at += len;
        }
    }
    runs
}

/// The bytes of a sequence of `%XX` that starts at `at`, and where it ends.
fn percent(text: &[u8], at: usize) -> (usize, Option<Vec<u8>>) {
    let mut decoded = Vec::new();
    let mut end = at;
    while let Some(digits) = text.get(end + 1..end + 3).filter(|_| text[end] == b'%')
        && let Ok(byte) = HEXLOWER_PERMISSIVE.decode(digits)
    {
        decoded.extend(byte);
        end += 3;
        if end == text.len() {
            break;
        }
    }
    (end.max(at + 1), Some(decoded).filter(|decoded| !decoded.is_empty() && is_printable(decoded)))
}

fn is_printable(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| (9..127).contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_parts_are_decoded_in_place_and_their_places_are_known() {
        let once = BASE64.encode(b"key=acme_0123456789");
        let twice = BASE64.encode(once.as_bytes());
        let hex = HEXLOWER_PERMISSIVE.encode(b"acme_0123456789 more");
        for (text, wanted, decodings) in [
            (format!("a {once} b"), "a key=acme_0123456789 b", vec![Decoding::Base64]),
            (format!("a\n{hex}"), "a\nacme_0123456789 more", vec![Decoding::Hex]),
            ("x%61%63me_0123456789".to_owned(), "xacme_0123456789", vec![Decoding::Percent]),
        ] {
            let layer = Layer::of(text.as_bytes(), None).expect("something is encoded");
            assert_eq!(String::from_utf8_lossy(&layer.text), wanted);
            let start = wanted.find("acme").expect("it is there");
            let (span, found) = layer.origin(Span::new(start, start + 15)).expect("it was encoded");
            assert_eq!(found, decodings, "{text}");
            assert!(span.end <= text.len() && span.start >= 1, "{text}: {span:?}");
            assert_eq!(layer.origin(Span::new(0, 1)), None, "{text}");
        }
        let text = format!("ab {twice} c");
        let first = Layer::of(text.as_bytes(), None).expect("it is encoded");
        let second = Layer::of(&first.text, Some(&first)).expect("twice");
        assert_eq!(second.text, b"ab key=acme_0123456789 c");
        let (span, decodings) = second.origin(Span::new(7, 22)).expect("it was encoded");
        assert_eq!((span, decodings.len()), (Span::new(7, 3 + twice.len()), 2));
        assert_eq!(second.moved(Span::new(23, 24)), Span::new(text.len() - 1, text.len()));
    }

    #[test]
    fn what_an_earlier_layer_decoded_keeps_its_place() {
        let once = BASE64.encode(b"key=acme_0123456789");
        let twice = BASE64.encode(once.as_bytes());
        let text = format!("{once} {twice} c");
        let first = Layer::of(text.as_bytes(), None).expect("it is encoded");
        let second = Layer::of(&first.text, Some(&first)).expect("twice");
        assert_eq!(second.text, b"key=acme_0123456789 key=acme_0123456789 c");
        assert_eq!(second.moved(Span::new(40, 41)), Span::new(text.len() - 1, text.len()));
        assert_eq!(second.origin(Span::new(4, 19)), None, "the first layer has it");
        let (span, decodings) = second.origin(Span::new(24, 39)).expect("it is new");
        assert_eq!((span.end, decodings.len()), (once.len() + 1 + twice.len(), 2));
        // A sequence that begins in the blob and ends in what was decoded.
        let text = format!("%%30{}", BASE64.encode(b"acme_0123456789"));
        let first = Layer::of(text.as_bytes(), None).expect("it is encoded");
        let second = Layer::of(&first.text, Some(&first)).expect("twice");
        assert_eq!(second.text, b"\ncme_0123456789");
        assert_eq!(second.moved(Span::new(0, 15)), Span::new(0, text.len()));
    }

    #[test]
    fn what_is_not_encoded_or_not_text_is_left() {
        let binary = BASE64.encode(&[200; 30]);
        for text in [
            "",
            "plain words only here",
            "anIdentifierOfManyLetters",
            binary.as_str(),
            "100%",
            "%zz",
            "%00",
            "%",
        ] {
            assert_eq!(Layer::of(text.as_bytes(), None), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_decoded_within_its_bounds(text in "([A-Za-z0-9+/=%_ -]|%[0-9a-f]{2}|YWNtZV8wMTIzNDU2Nzg5){0,40}") {
            let mut layer: Option<Layer> = None;
            for _ in 0..DEEPEST {
                let below = layer.as_ref().map_or(text.as_bytes(), |layer| layer.text.as_slice());
                let Some(next) = Layer::of(below, layer.as_ref()) else { break };
                for start in 0..next.text.len() {
                    let end = (start + 7).min(next.text.len());
                    let moved = next.moved(Span::new(start, end));
                    proptest::prop_assert!(moved.start <= moved.end && moved.end <= text.len(), "{:?}", moved);
                }
                layer = Some(next);
            }
        }
    }
}
