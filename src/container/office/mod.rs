//! The text of office documents: parts of docx, xlsx, pptx and of OpenDocument, which are XML.
//!
//! A word processor cuts a word in two wherever its formatting, spelling or history of changes does, so that a token is in
//! several elements (`<w:t>ghp_ab</w:t></w:r><w:r><w:t>cd</w:t>`). Here the text of a paragraph or cell is put together
//! again, each on a line of its own.

pub(super) mod compound;

use memchr::{memchr, memmem};

/// Bytes at the start that show which XML it is.
const HEAD: usize = 4 << 10;

/// The namespaces of documents.
const NAMESPACES: [&[u8]; 4] = [
    b"openxmlformats.org/wordprocessingml",
    b"openxmlformats.org/spreadsheetml",
    b"openxmlformats.org/presentationml",
    b"urn:oasis:names:tc:opendocument",
];

/// True for a part that has text in it.
pub(super) fn is_part(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.starts_with(b"<?xml") && {
        let start = &head[..head.len().min(HEAD)];
        NAMESPACES.iter().any(|name| memmem::find(start, name).is_some())
    }
}

/// The text of a part.
pub(super) fn text(xml: &[u8]) -> Vec<u8> {
    let is_open = memmem::find(&xml[..xml.len().min(HEAD)], NAMESPACES[3]).is_some();
    let mut text = Vec::new();
    // Within an element whose content is text.
    let mut is_text = false;
    let mut rest = xml;
    while let Some(start) = memchr(b'<', rest) {
        if is_text || is_open {
            unescape(&rest[..start], &mut text);
        }
        rest = &rest[start + 1..];
        let Some(end) = memchr(b'>', rest) else { break };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        let (is_end, tag) = match tag.strip_prefix(b"/") {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let is_alone = tag.ends_with(b"/");
        let name = tag.split(|byte| matches!(byte, b' ' | b'/' | b'\t' | b'\n' | b'\r')).next();
        let name = name.unwrap_or_default().rsplit(|&byte| byte == b':').next().unwrap_or_default();
        match name {
            b"t" | b"delText" | b"instrText" | b"v" | b"f" => is_text = !is_end && !is_alone,
            b"tab" => text.push(b'\t'),
            b"s" if is_open => text.push(b' '),
            b"br" | b"cr" | b"line-break" => text.push(b'\n'),
            b"p" | b"h" | b"si" | b"c" | b"row" | b"table-cell" if is_end => text.push(b'\n'),
            _ => {}
        }
    }
    text
}

/// Adds character data with its entities as characters.
fn unescape(mut data: &[u8], text: &mut Vec<u8>) {
    while let Some(at) = memchr(b'&', data) {
        text.extend_from_slice(&data[..at]);
        data = &data[at + 1..];
        let end = data.iter().take(12).position(|&byte| byte == b';');
        let Some((name, rest)) = end.map(|end| (&data[..end], &data[end + 1..])) else {
            text.push(b'&');
            continue;
        };
        let number = || {
            let name = std::str::from_utf8(name.strip_prefix(b"#")?).ok()?;
            let code = match name.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => name.parse(),
            };
            char::from_u32(code.ok()?)
        };
        let one = match name {
            b"amp" => Some('&'),
            b"lt" => Some('<'),
            b"gt" => Some('>'),
            b"quot" => Some('"'),
            b"apos" => Some('\''),
            _ => number(),
        };
        match one {
            Some(one) => {
                text.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
                data = rest;
            }
            None => text.push(b'&'),
        }
    }
    text.extend_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_in_two_is_put_together() {
        let of = |namespace: &str, body: &str| {
            let xml =
                format!("<?xml version=\"1.0\"?>\n<d xmlns:w=\"http://schemas.{namespace}\">{body}</d>");
            assert!(is_part(xml.as_bytes()));
            String::from_utf8(text(xml.as_bytes())).expect("it is text")
        };
        let word = "openxmlformats.org/wordprocessingml/2006/main";
        let sheet = "openxmlformats.org/spreadsheetml/2006/main";
        let open = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
        let table = [
            (
                word,
                "<w:p><w:r><w:t>gh</w:t></w:r><w:r><w:rPr/><w:t xml:space=\"preserve\">p_x</w:t></w:r></w:p>",
                "ghp_x\n",
            ),
            (
                word,
                "<w:p><w:t>a&amp;b&#x21;</w:t><w:tab/><w:t/>out</w:p><w:p><w:t>c</w:t></w:p>",
                "a&b!\t\nc\n",
            ),
            (sheet, "<si><r><t>gh</t></r><r><t>p_</t></r></si><si><t>b</t></si>", "ghp_\nb\n"),
            (open, "<text:p>gh<text:span>p_</text:span><text:s/>b</text:p>", "\nghp_ b\n"),
        ];
        for (namespace, body, wanted) in table {
            assert_eq!(of(namespace, body), wanted);
        }
        for broken in ["<", "<w:t", "<w:t>a", "<w:t>&", "<w:t>&#xffffffff;<", "<w:t>&;&&lt<"] {
            of(word, broken);
        }
    }
}
