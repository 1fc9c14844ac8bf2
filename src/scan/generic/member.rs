//! Members of a structure, one of which is the value that another one names: `{"name": "password", "value": "x"}`, a
//! block whose name says what its default is.

use super::joint::{Join, Joint};
use super::line::{byte, line_before, past_blanks, past_line, past_line_end, past_quote};
use super::name::Name;
use super::quote;
use super::shape::is_mixed_word;
use super::words::Words;
use crate::model::Span;

/// Names of members whose values another member names. Lower-case, sorted.
#[rustfmt::skip]
static VALUES: Words = Words::new(&[
    "_value", "_value_", "config-value", "const", "content", "contents", "current_value", "default",
    "default-value", "default_value", "defaultvalue", "env-entry-value", "fallback", "initial", "initialvalue",
    "literal", "option-value", "optionvalue", "param-value", "param_value", "parameter-value", "parametervalue",
    "paramvalue", "plaintext", "select", "settingvalue", "string", "stringvalue", "text", "val", "value", "values", "varvalue",
    "with",
]);

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[VALUES.list()];

/// How far a structure is followed, in bytes and lines.
const FURTHEST: usize = 640;
const MOST_LINES: usize = 12;

/// The second half of `name: X, value: Y`, `<name>X</name> <value>Y</value>` and similar: on this line, the next,
/// or after other members of the same structure.
pub(super) fn value_after(text: &[u8], from: usize, quoted: bool) -> Option<Join> {
    let mut at = from;
    let is_element = text.get(at..at + 2) == Some(b"</");
    if is_element {
        at += text[at..].iter().take(32).take_while(|&&b| b != b'\n').position(|&b| b == b'>')? + 1;
    }
    let mut lines = 0;
    while at < from + FURTHEST {
        match byte(text, at) {
            b'\n' => {
                lines += 1;
                // A blank line ends the structure; so does a name without quotes at the end of its line.
                if lines > 1 && (!(quoted || is_element) || byte(text, past_blanks(text, at + 1)) == b'\n')
                    || lines > MOST_LINES
                {
                    return None;
                }
                at += 1;
            }
            b' ' | b'\t' | b'\r' | b',' | b'<' => at += 1,
            b'{' if quoted => at += 1,
            b'"' | b'\'' | b'\\' | b':' | b'-' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let member = Member::at(text, at)?;
                if let Some(join) = member.value(text, quoted) {
                    return Some(join);
                }
                // Another member of the same structure is skipped.
                at = member.past(text)?;
            }
            _ => return None,
        }
    }
    None
}

/// The value of a member of the block that begins at `open`: `variable "x" { default = "y" }`, `"x": {"value": "y"}`.
pub(super) fn value_within(text: &[u8], open: usize, quoted: bool) -> Option<Join> {
    let mut at = open + 1;
    let mut lines = 0;
    while at < open + FURTHEST {
        match byte(text, at) {
            b'\n' => {
                lines += 1;
                if lines > MOST_LINES {
                    return None;
                }
                at += 1;
            }
            b' ' | b'\t' | b'\r' | b',' | b';' => at += 1,
            b'#' => at = past_line(text, at)?,
            b'/' if byte(text, at + 1) == b'/' => at = past_line(text, at)?,
            b'"' | b'\'' | b':' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let member = Member::at(text, at)?;
                if let Some(join) = member.value(text, quoted) {
                    return Some(join);
                }
                at = member.past(text)?;
            }
            _ => return None,
        }
    }
    None
}

/// The same for a block that is recognised by its indentation, below a name and a colon.
pub(super) fn value_below(text: &[u8], name: Name) -> Option<Join> {
    let quote = past_quote(text, name.span.end);
    let quoted = quote > name.span.end;
    let colon = past_blanks(text, quote);
    if byte(text, colon) != b':' {
        return None;
    }
    let lead = line_before(text, name.span.start);
    let indent = lead.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let first = past_line_end(text, past_blanks(text, colon + 1))?;
    let mut at = first;
    for _ in 0..MOST_LINES {
        if at >= first + FURTHEST || at >= text.len() {
            return None;
        }
        let start = past_blanks(text, at);
        if !matches!(byte(text, start), b'\r' | b'\n' | b'#') {
            if start - at <= indent {
                return None;
            }
            if let Some(member) = Member::at(text, start)
                && let Some(join) = member.value(text, quoted)
            {
                return Some(join);
            }
        }
        at = past_line(text, at)?;
    }
    None
}

/// The value of one of JMeter's arguments whose name is below it: `<stringProp name="Argument.value">x</stringProp>`, other
/// members, `<stringProp name="Argument.name">password</stringProp>`.
pub(super) fn argument_above(text: &[u8], name: Span) -> Option<Span> {
    if !names_argument(&text[..name.start]) {
        return None;
    }
    let before = &text[name.start.saturating_sub(ARGUMENT)..name.start];
    let start = memchr::memmem::rfind(before, b"\"Argument.value\">")? + 17;
    let len = memchr::memchr2(b'<', b'\n', &before[start..])?;
    let is_same = memchr::memmem::find(&before[start..], b"</elementProp").is_none();
    let start = name.start - before.len() + start;
    (is_same && len > 0).then(|| quote::trimmed(text, Span::new(start, start + len)))
}

/// How far above its name such a value may be, in bytes.
const ARGUMENT: usize = 400;

/// Whether what is before a name says that it is that of an argument of JMeter.
pub(super) fn names_argument(before: &[u8]) -> bool {
    before.ends_with(b"\"Argument.name\">")
}

/// A member of a structure: its name, and where its operator may be.
pub(super) struct Member {
    /// Its name.
    pub(super) name: Span,
    /// Where its operator may be.
    after: usize,
    /// True if it is an element of markup.
    is_element: bool,
}

impl Member {
    /// The member whose name starts at `at`, with or without a quote.
    pub(super) fn at(text: &[u8], at: usize) -> Option<Self> {
        let is_element = at > 0 && text[at - 1] == b'<';
        let mut start = at;
        while matches!(byte(text, start), b'"' | b'\'' | b'\\' | b':' | b'-' | b'.') && start < at + 4 {
            start += 1;
        }
        start = past_blanks(text, start);
        // The name space of an attribute in Android's manifests and layouts, and of an element.
        start += if text.get(start..)?.starts_with(b"android:") { 8 } else { 0 };
        if is_element {
            let prefix = text.get(start..)?.iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
            start += if prefix > 0 && byte(text, start + prefix) == b':' { prefix + 1 } else { 0 };
        }
        let len = text
            .get(start..)?
            .iter()
            .take(40)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            .count();
        let end = start + len;
        let quote = past_quote(text, end);
        (len > 0).then(|| Self { name: Span::new(start, end), after: past_blanks(text, quote), is_element })
    }

    /// Where its value starts, if it is a member whose value another one names.
    pub(super) fn value(&self, text: &[u8], quoted: bool) -> Option<Join> {
        let name = &text[self.name.start..self.name.end];
        // JMeter's `<stringProp name="Argument.value">`.
        let is_property = self.is_element
            && name.eq_ignore_ascii_case(b"stringProp")
            && text
                .get(self.after..self.after + 23)
                .is_some_and(|names| names.starts_with(b"name=\"Argument.value\">"));
        if !VALUES.has(name) && !is_property {
            return None;
        }
        let (joint, at) = self.operator(text)?;
        let at = past_blanks(text, at);
        // XSLT selects nodes, except with a literal: `select="'x'"`.
        if name.eq_ignore_ascii_case(b"select") && !matches!(text.get(at..at + 2), Some(b"\"'" | b"'\"")) {
            return None;
        }
        // A text is mostly one for people.
        if name.eq_ignore_ascii_case(b"text")
            && !quote::one(text, at)
                .is_some_and(|quoted| is_mixed_word(&quoted.text) && !quoted.text.contains(&b' '))
        {
            return None;
        }
        // A value on the line below, as in YAML's lists.
        let at = past_line_end(text, at).map_or(at, |line| past_blanks(text, line));
        Some(Join::new(joint, at, quoted))
    }

    fn operator(&self, text: &[u8]) -> Option<(Joint, usize)> {
        let after = self.after;
        match byte(text, after) {
            b'>' if self.is_element => Some((Joint::Markup, after + 1)),
            _ if self.is_element => Some((Joint::Markup, past_attributes(text, after)?)),
            b'=' if byte(text, after + 1) == b'>' => Some((Joint::Colon, after + 2)),
            b'=' => Some((Joint::Assign, after + 1)),
            b':' => Some((Joint::Colon, after + 1)),
            b'(' => Some((Joint::Call, after + 1)),
            // `"Password" with "x"`.
            b'"' | b'\'' if text[self.name.start..self.name.end].eq_ignore_ascii_case(b"with") => {
                Some((Joint::Colon, after))
            }
            _ => None,
        }
    }

    /// The offset after its value: a literal, a word, or an element.
    fn past(&self, text: &[u8]) -> Option<usize> {
        let (joint, at) = self.operator(text)?;
        if joint == Joint::Markup {
            let rest = text.get(at..text.len().min(at + 200))?;
            let close = memchr::memmem::find(rest, b"</")?;
            return Some(at + close + rest[close..].iter().position(|&b| b == b'>')? + 1);
        }
        let at = past_blanks(text, at);
        if let Some(quoted) = quote::one(text, at) {
            return Some(quoted.end);
        }
        let rest = text.get(at..text.len().min(at + 120))?;
        if matches!(rest.first()?, b'[' | b'{') {
            let close = if rest[0] == b'[' { b']' } else { b'}' };
            return Some(at + rest.iter().position(|&b| b == close)? + 1);
        }
        let len = rest.iter().position(|b| matches!(b, b',' | b';' | b'\n' | b'}' | b'{' | b')'))?;
        Some(at + len)
    }
}

/// The offset after a tag, from a place among its attributes on; not of a tag without content.
pub(super) fn past_tag(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..text.len().min(at + 120))?;
    let len = rest.iter().position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
    (rest[len] == b'>' && !rest[..len].ends_with(b"/") && rest[..len].contains(&b'=')).then_some(at + len + 1)
}

/// The offset after the attributes of an element that has content. Not of one whose content is encrypted (KeePass writes
/// `Protected="True"` then).
pub(super) fn past_attributes(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..text.len().min(at + 200))?;
    let len = rest.iter().position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
    let attributes = &rest[..len];
    let names = |name: &[u8]| {
        attributes.split(|b| b.is_ascii_whitespace()).any(|attribute| attribute.starts_with(name))
    };
    (rest[len] == b'>' && attributes.contains(&b'=') && !attributes.ends_with(b"/") && !names(b"Protected="))
        .then_some(at + len + 1)
}

#[cfg(test)]
mod tests {
    use super::past_attributes;

    #[test]
    fn an_element_with_attributes_has_a_value_unless_it_is_encrypted_or_empty() {
        for (text, len) in [
            (&b"ProtectInMemory=\"True\">x"[..], Some(23)),
            (b"xml:space='preserve' a=\"b\">x", Some(27)),
            (b"Protected=\"True\">x", None),
            (b"a=\"b\"/>x", None),
            (b"a=\"b\"\n>x", None),
            (b"a <b>", None),
            (b"x>", None),
        ] {
            assert_eq!(past_attributes(text, 0), len, "{}", String::from_utf8_lossy(text));
        }
    }
}
