//! Private keys, which run over many lines: whether one has begun that has not ended.

use memchr::{memchr, memmem, memrchr};

/// Bytes of a key that are held at most: more than the longest that a rule knows.
const LONGEST: usize = 40 << 10;

/// The longest line of a key, in bytes.
const LONGEST_LINE: usize = 300;

/// What a key begins with and what it ends with.
const MARKS: [(&[u8], &[u8]); 3] = [
    (b"-----BEGIN ", b"-----END "),
    (b"---- BEGIN SSH2 ", b"---- END SSH2 "),
    (b"PuTTY-User-Key-File-", b"Private-MAC:"),
];

/// What the lines at the head of a key begin with.
const HEADERS: [&[u8]; 9] = [
    b"Proc-Type: ",
    b"DEK-Info: ",
    b"Version: ",
    b"Comment: ",
    b"Hash: ",
    b"Subject: ",
    b"Encryption: ",
    b"Public-Lines: ",
    b"Private-Lines: ",
];

/// How many bytes of these complete lines can be given out: all, or those before the line on which a private key begins
/// that may go on in the next line.
pub(super) fn held(lines: &[u8]) -> usize {
    let begun = MARKS.iter().filter_map(|(begin, end)| {
        let at = memmem::rfind(lines, begin)?;
        let start = memrchr(b'\n', &lines[..at]).map_or(0, |feed| feed + 1);
        let first = memchr(b'\n', &lines[at..]).map_or(lines.len(), |feed| at + feed + 1);
        let mark = lines[at..first].trim_ascii_end();
        let is_private = begin.starts_with(b"PuTTY")
            || mark.ends_with(b"----") && memmem::find(mark, b"PRIVATE KEY").is_some();
        let has_ended = memmem::find(&lines[first..], end).is_some();
        // A logger puts as much before the other lines as before the first.
        let is_body = |line: &[u8]| is_body(line.get(at - start..).unwrap_or_default());
        let goes_on = lines.len() - at <= LONGEST && lines[first..].split(|&byte| byte == b'\n').all(is_body);
        (is_private && goes_on && !has_ended).then_some(start)
    });
    begun.min().unwrap_or(lines.len())
}

/// Whether a line may be one of a key: a header, an empty line, or base64.
fn is_body(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let is_base64 = line.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    let is_header = HEADERS.iter().any(|header| line.starts_with(header));
    line.len() <= LONGEST_LINE && (is_header || is_base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_has_begun_is_held_from_its_first_line_until_it_ends_or_cannot_go_on() {
        let begin = ["-----BEGIN RSA ", "PRIVATE KEY-----\n"].concat();
        let end = ["-----END RSA ", "PRIVATE KEY-----\n"].concat();
        for (after, is_held) in [
            (String::new(), true),
            ("MIIEowIBAAKCAQEA\n".to_owned(), true),
            ("Proc-Type: 4,ENCRYPTED\n\nMIIE\n".to_owned(), true),
            (format!("MIIE\n{end}"), false),
            ("could not be read by the server\n".to_owned(), false),
            ("MIIEowIBAAKCAQEA\n".repeat(4_000), false),
        ] {
            let text = format!("before\n{begin}{after}");
            let given = if is_held { 7 } else { text.len() };
            assert_eq!(held(text.as_bytes()), given, "{after:.80}");
        }
        let logged = format!("app-1 | {begin}app-2 | MIIEowIBAAKCAQEA\n");
        assert_eq!(held(logged.as_bytes()), 0, "each line with something before it");
        let spoken_of = format!("{} could not be read\nMIIE\n", begin.trim_end());
        assert_eq!(held(spoken_of.as_bytes()), spoken_of.len());
        assert_eq!(held(b""), 0);
        assert_eq!(held(b"-----BEGIN CERTIFICATE-----\nMIIE\n"), 33);
        assert_eq!(held(b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n"), 0);
    }
}
