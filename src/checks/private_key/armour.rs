//! The armour around a key, in all the forms it is found in: line ends as they are or escaped, quoted pieces joined by
//! `+` or by nothing, indented, after comment marks, in a patch, in HTML, with `=` as `\u003d`; and lines of a log or of code,
//! each with something else around it.

use super::runs::{full_length, runs};
use data_encoding::{BASE64, BASE64_NOPAD};

/// What is between the marks.
pub(super) struct Armour {
    /// The words after `BEGIN`.
    pub(super) label: String,
    /// A header says that the body is encrypted.
    pub(super) encrypted: bool,
    /// The body, decoded; nothing if it is not base64.
    pub(super) bytes: Vec<u8>,
    /// The body is as long and as varied as that of a key, and only base64.
    pub(super) is_full: bool,
    /// OpenPGP's line `=XXXX`, decoded.
    pub(super) checksum: Option<u32>,
}

impl Armour {
    /// Reads from `-----BEGIN` to `-----END`; `None` if either is missing.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let (label, body) = parts(&text)?;
        let lines = lines(body);
        let encrypted = is_encrypted(&lines);
        let body = unmarked(lines.iter().filter(|line| !line.contains(':') && !line.is_empty()).collect());
        let is_sum = |line: &str| line.len() == 5 && line.starts_with('=');
        let checksum = body.iter().copied().find(|line| is_sum(line)).and_then(checksum);
        let base64: String =
            body.iter().filter(|line| !is_sum(line)).flat_map(|line| line.split_whitespace()).collect();
        let bytes = decoded(base64.as_bytes()).unwrap_or_default();
        Some(Self { label: label.trim().to_owned(), encrypted, bytes, is_full: is_full(&base64), checksum })
    }

    /// The same if more is around each line, and not the same: the time in a log, a call in code. Lines of a key are as long
    /// as most runs of base64 there; what is its last one is not known, so that there are several of them.
    pub(super) fn of_runs(text: &[u8]) -> Vec<Self> {
        let text = String::from_utf8_lossy(text);
        let Some((label, body)) = parts(&text) else { return Vec::new() };
        let lines = lines(body);
        let encrypted = is_encrypted(&lines);
        let runs: Vec<&[u8]> = lines.iter().flat_map(|line| runs(line.as_bytes())).collect();
        let Some(length) = full_length(runs.iter().copied()) else { return Vec::new() };
        let last = runs.iter().rposition(|run| run.len() == length).unwrap_or_default();
        let full: Vec<&[u8]> = runs[..=last].iter().copied().filter(|run| run.len() == length).collect();
        let full = full.concat();
        let checksum = lines.iter().rev().find_map(|line| {
            let sum = line.get(line.len().checked_sub(5)?..)?;
            sum.starts_with('=').then(|| checksum(sum))?
        });
        let rest = runs[last + 1..].iter().filter(|run| run.len() < length).take(TAILS);
        std::iter::once(&b""[..])
            .chain(rest.copied())
            .filter_map(|tail| decoded(&[&full, tail].concat()))
            .map(|bytes| Self { label: label.trim().to_owned(), encrypted, bytes, is_full: false, checksum })
            .collect()
    }
}

/// How many runs after the last full line may be the end of a key.
const TAILS: usize = 40;

/// The words after `BEGIN`, and what is between the marks.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    Some((label, body))
}

fn is_encrypted(lines: &[String]) -> bool {
    lines.iter().any(|line| line.contains("Proc-Type:") && line.contains("ENCRYPTED"))
}

fn decoded(base64: &[u8]) -> Option<Vec<u8>> {
    let decode = if base64.ends_with(b"=") { BASE64 } else { BASE64_NOPAD };
    decode.decode(base64).ok()
}

/// The body's lines, without what the file around it added.
fn lines(body: &str) -> Vec<String> {
    let mut body = joined(&undone(body));
    for escape in ["\\r\\n", "\\n", "\\r", "\\\n"] {
        body = body.replace(escape, "\n");
    }
    // In mail `=` is written as `=3D`; inside a line that may be a checksum.
    let is_mail = |line: &str| line.ends_with("=3D") || line.starts_with("=3D") && line.len() == 7;
    let equal = |line: &str| if is_mail(line) { line.replace("=3D", "=") } else { line.to_owned() };
    body.lines().map(|line| equal(bare(line))).collect()
}

/// The shortest key has at least this many digits, and this many different ones.
const FULL: (usize, usize) = (88, 20);

fn is_full(base64: &str) -> bool {
    let digits = base64.trim_end_matches('=');
    let mut seen = [false; 128];
    digits.bytes().filter(u8::is_ascii).for_each(|byte| seen[usize::from(byte)] = true);
    digits.len() >= FULL.0
        && seen.iter().filter(|&&seen| seen).count() >= FULL.1
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// The text with its quoted pieces joined: a quote becomes a line end, together with the characters that join pieces
/// and the next quote.
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

/// How the bytes of a body are written if they must be escaped. Longer escapes come first.
const ESCAPES: &[(&str, &str)] = &[
    ("=", "\\u003d \\u003D %3d %3D &#61; &#x3d; &#x3D; &equals;"),
    ("+", "\\u002b \\u002B %2b %2B &#43; &#x2b; &#x2B; &plus;"),
    ("/", "\\u002f \\u002F %2f %2F &#47; &#x2f; &#x2F; &sol; \\/"),
    ("\"", "&quot; &#34; &#x22; \\u0022 %22"),
    (
        "\n",
        "\\u000d \\u000D \\u000a \\u000A %0d%0a %0D%0A %0d %0D %0a %0A &#13; &#10; &#xd; &#xD; &#xa; &#xA; &NewLine;",
    ),
];

/// The body with its escapes undone.
fn undone(body: &str) -> String {
    let mut body = untagged(body).replace("&amp;", "&");
    while body.contains("\\\\") {
        body = body.replace("\\\\", "\\");
    }
    if !body.contains(['\\', '%', '&']) {
        return body;
    }
    for (meaning, escapes) in ESCAPES {
        for escape in escapes.split(' ') {
            body = body.replace(escape, meaning);
        }
    }
    body
}

/// The body with a line end in place of each tag.
fn untagged(body: &str) -> String {
    let mut pieces = body.split('<');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push('\n');
        out.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
    }
    out
}

/// A line without what is neither base64 nor a header at either end: indentation, comment marks, commas.
fn bare(line: &str) -> &str {
    let is_around = |char: char| !char.is_ascii_alphanumeric() && !"+/=".contains(char);
    line.trim_matches(is_around)
}

/// The lines without a mark that each of them starts with and that is base64 too: that of a patch or a comment. The
/// first byte of a key is never written with such a character.
fn unmarked(lines: Vec<&String>) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.into_iter().map(String::as_str).collect();
    for mark in ["+", "///", "//"] {
        if lines.iter().all(|line| line.starts_with(mark)) {
            for line in &mut lines {
                *line = line[mark.len()..].trim_start();
            }
        }
    }
    lines
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
            format!("\n+{first}\n+{second}\n+"),
            format!("\n-{first}\n-{second}\n-"),
            format!("\n>{first}\n> {second}\n> "),
            format!("\n//{first}\n//{second}\n//"),
            format!("\n// {first}\n// {second}\n// "),
            format!("\n * {first}\n * {second}\n * "),
            format!("\n#{first}\n#{second}\n#"),
            format!("\n-- {first}\n-- {second}\n-- "),
            format!("<br>{first}<br/>\n{second}<br />"),
            format!("&#10;{first}&#xa;{second}&#10;"),
            format!("%0A{first}%0D%0A{second}%0a"),
            format!("\\u000a{first}\\u000A{second}\\n"),
        ] {
            let armour = Armour::read(format!("{begin}{body}-----END X-----").as_bytes()).unwrap();
            assert_eq!(armour.bytes, b"ABCDEFGHIJKLMNOPQRSTUVWX", "{body:?}");
            assert_eq!((armour.label.as_str(), armour.encrypted), ("X", false));
        }
    }

    #[test]
    fn lines_of_a_log_or_of_code_are_told_from_what_is_around_each() {
        let line = |seed: u32| {
            (0..64).filter_map(|at| char::from_digit(10 + (at * 7 + seed) % 26, 36)).collect::<String>()
        };
        let (first, second, last) = (line(0), line(3), "QUJD/+A=");
        let expected = BASE64.decode(format!("{first}{second}{last}").as_bytes()).unwrap();
        let mark = |word: &str| ["-----", word, " X-----"].concat();
        let lines = [mark("BEGIN"), first, second, last.to_owned(), mark("END")];
        let each = |write: &dyn Fn(usize, &str) -> String| {
            lines.iter().enumerate().map(|(at, line)| write(at, line)).collect::<String>()
        };
        for text in [
            each(&|at, line| format!("2024-01-02T03:04:0{at}Z app[1]: {line}\n")),
            each(&|at, line| format!("#12 0.34{at} {line}\r\n")),
            each(&|at, line| format!("Jan  2 03:04:0{at} web-7 sshd[81{at}]: {line}\n")),
            each(&|at, line| format!("{{\"n\":{at},\"log\":\"{line}\\n\",\"stream\":\"stdout\"}}\n")),
            each(&|_, line| format!("sb.append(\"{line}\\n\");\n")),
            each(&|_, line| format!("keys.push('{line}');\n")),
            each(&|at, line| format!("echo '{line}' >{} key\n", if at == 0 { "" } else { ">" })),
        ] {
            let bytes = Armour::of_runs(text.as_bytes()).into_iter().map(|armour| armour.bytes);
            assert!(bytes.into_iter().any(|bytes| bytes == expected), "{text}");
        }
    }

    #[test]
    fn what_base64_has_beyond_letters_is_read_in_any_escape() {
        let (begin, end) = (["-----BEGIN ", "X-----"].concat(), "-----END X-----");
        let expected = Armour::read(format!("{begin}\nABCDAB+/Aw==\n{end}").as_bytes()).unwrap().bytes;
        assert_eq!(expected.len(), 7);
        for body in [
            r"\nABCDAB+\/Aw\u003d\u003d\n",
            r"\\nABCDAB\\u002b\\/Aw\\u003d\\u003d\\n",
            "%0AABCDAB%2B%2FAw%3D%3D%0A",
            "\nABCDAB&#43;&#x2F;Aw&#61;&equals;\n",
            "<br/>ABCDAB+&amp;#47;Aw&amp;#61;&#x3D;<br class=\"x\">",
            "\nABCDAB+/Aw=3D=3D\n",
        ] {
            let armour = Armour::read(format!("{begin}{body}{end}").as_bytes()).unwrap();
            assert_eq!(armour.bytes, expected, "{body}");
        }
    }
}
