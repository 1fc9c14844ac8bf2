//! The armour around a key, in the spellings it is found in: line ends as they are or escaped, quoted
//! pieces joined by `+` or by nothing, indented, behind comment marks.

use data_encoding::{BASE64, BASE64_NOPAD};

/// What stands between the marks.
pub(super) struct Armour {
    /// The words after `BEGIN`.
    pub(super) label: String,
    /// A header says that the body is encrypted.
    pub(super) encrypted: bool,
    /// The body, decoded.
    pub(super) bytes: Vec<u8>,
    /// OpenPGP's line `=XXXX`, decoded.
    pub(super) checksum: Option<u32>,
}

impl Armour {
    /// Reads from `-----BEGIN` to `-----END`; `None` where either is missing or the body is not base64.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let (_, rest) = text.split_once("-----BEGIN ")?;
        let (label, rest) = rest.split_once("-----")?;
        let (body, _) = rest.split_once("-----END ")?;
        let lines = lines(body);
        let encrypted = lines.iter().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"));
        let body: Vec<&String> =
            lines.iter().filter(|line| !line.contains(':') && !line.is_empty()).collect();
        let is_sum = |line: &str| line.len() == 5 && line.starts_with('=');
        let checksum = body.iter().find(|line| is_sum(line)).and_then(|line| checksum(line));
        let base64: String =
            body.iter().filter(|line| !is_sum(line)).flat_map(|line| line.split_whitespace()).collect();
        let decode = if base64.ends_with('=') { BASE64 } else { BASE64_NOPAD };
        let bytes = decode.decode(base64.as_bytes()).ok()?;
        Some(Self { label: label.trim().to_owned(), encrypted, bytes, checksum })
    }
}

/// The body's lines, without what the file around it added.
fn lines(body: &str) -> Vec<String> {
    let mut body = joined(body);
    // Escapes within escapes: `\\n` in a string within a string.
    while body.contains("\\\\") {
        body = body.replace("\\\\", "\\");
    }
    for escape in ["\\r\\n", "\\n", "\\r", "\\\n"] {
        body = body.replace(escape, "\n");
    }
    body.lines().map(|line| bare(line).to_owned()).collect()
}

/// The text with its quoted pieces put together: from a quote to the next one, where only what joins
/// pieces stands between, is a line end.
fn joined(text: &str) -> String {
    let is_quote = |byte: char| ['"', '\'', '`'].contains(&byte);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = rest.find(is_quote) {
        out.push_str(&rest[..quote]);
        out.push('\n');
        rest = &rest[quote + 1..];
        let after = rest.trim_start_matches(|byte: char| byte.is_whitespace() || "+.,\\()&".contains(byte));
        rest = after.strip_prefix(is_quote).unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// A line without indentation, comment marks and what ends it.
fn bare(line: &str) -> &str {
    let mut line = line.trim();
    for mark in ["// ", "# ", "* ", "> "] {
        line = line.strip_prefix(mark).unwrap_or(line).trim_start();
    }
    line.trim_end_matches([',', ';', '\\']).trim()
}

/// The three bytes of a line `=XXXX`.
fn checksum(line: &str) -> Option<u32> {
    let bytes = BASE64.decode(&line.as_bytes()[1..]).ok()?;
    let [high, middle, low] = bytes[..] else { return None };
    Some(u32::from_be_bytes([0, high, middle, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_body_in_many_spellings_is_one_body() {
        let (first, second) = ("QUJDREVGR0hJSktM", "TU5PUFFSU1RVVldY");
        let begin = ["-----BEGIN ", "X-----"].concat();
        for body in [
            format!("\n{first}\n{second}\n"),
            format!("\r\n{first}\r\n{second}\r\n"),
            format!("\\n{first}\\n{second}\\n"),
            format!("\\\\n{first}\\\\n{second}\\\\n"),
            format!("\\n\" +\n    \"{first}\\n\" +\n    \"{second}\\n\" +\n    \""),
            format!("\\n\"\n    \"{first}\\n\"\n    \"{second}\\n\"\n    \""),
            format!("\n    {first}\n    {second}\n"),
            format!("\n# {first}\n# {second}\n"),
            format!("\n'{first}',\n'{second}',\n'"),
            format!(" {first} {second} "),
        ] {
            let armour = Armour::read(format!("{begin}{body}-----END X-----").as_bytes()).unwrap();
            assert_eq!(armour.bytes, b"ABCDEFGHIJKLMNOPQRSTUVWX", "{body:?}");
            assert_eq!((armour.label.as_str(), armour.encrypted), ("X", false));
        }
    }
}
