//! How close two places of a text are: on one line, in one paragraph, in one block, or in another section.
//!
//! # Design
//!
//! No grammar is read: a secret may be in any kind of file, or in a part of one. Brackets, the depth of lines, headers
//! (`[profile]`) and document marks (`---`) are enough to tell one section from the next. What is not sure is taken for
//! another section, and then nothing is paired.

use crate::model::Span;
use memchr::{memchr, memrchr};
use std::cmp::Ordering;

/// How close a companion is to its secret; the lower is the closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closeness {
    /// On the same line.
    Line,
    /// No blank line is between.
    Paragraph,
    /// In the same block, or at least not in another one.
    Block,
    /// Each is the value of an entry of one list (`- name: A` and `value: B`).
    Entries,
    /// In a block around that of the secret.
    Around,
}

/// How close `companion` is to `secret` in `text`; `None` if another section is between them.
pub(super) fn closeness(text: &[u8], secret: Span, companion: Span) -> Option<Closeness> {
    let is_before = companion.start < secret.start;
    let (earlier, later) = if is_before { (companion, secret) } else { (secret, companion) };
    let gap = text.get(earlier.end.min(later.start)..later.start)?;
    let in_brackets = brackets(gap);
    let entries = || (is_value(text, earlier) && is_value(text, later)).then_some(Closeness::Entries);
    let nested = match in_brackets {
        BracketNesting::Same => None,
        BracketNesting::Out => Some(!is_before),
        BracketNesting::In => Some(is_before),
        BracketNesting::Siblings => return entries(),
    };
    // The companion is in a block inside that of the secret, which may be anything's.
    if nested == Some(false) {
        return None;
    }
    let by_lines = lines(text, earlier, later)?;
    match (nested, by_lines) {
        (Some(_), LineDepth::Siblings) => None,
        (Some(_), _) => Some(Closeness::Around),
        (None, LineDepth::Siblings) => entries(),
        (None, LineDepth::Same(closeness)) => Some(closeness),
        (None, LineDepth::LaterIsDeeper) if is_before => Some(Closeness::Around),
        (None, LineDepth::EarlierIsDeeper) if !is_before => Some(Closeness::Around),
        (None, _) => None,
    }
}

/// How blocks in brackets relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BracketNesting {
    Same,
    /// The gap leaves blocks: the later place is around the earlier one.
    Out,
    /// The gap enters blocks.
    In,
    /// It leaves some and enters others.
    Siblings,
}

fn brackets(gap: &[u8]) -> BracketNesting {
    let (mut depth, mut least) = (0i64, 0i64);
    for &byte in gap {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => {
                depth -= 1;
                least = least.min(depth);
            }
            _ => {}
        }
    }
    match (least < 0, depth > least) {
        (false, false) => BracketNesting::Same,
        (true, false) => BracketNesting::Out,
        (false, true) => BracketNesting::In,
        (true, true) => BracketNesting::Siblings,
    }
}

/// How lines relate by their depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineDepth {
    Same(Closeness),
    EarlierIsDeeper,
    LaterIsDeeper,
    /// A line between them is less deep than both, or begins another entry of a list.
    Siblings,
}

/// The most bytes of a line on either side of a place that are looked at.
const MOST_OF_LINE: usize = 512;

/// `None` if another section begins between them.
fn lines(text: &[u8], earlier: Span, later: Span) -> Option<LineDepth> {
    let start = earlier.end.min(later.start);
    let gap = &text[start..later.start];
    let (Some(end), Some(last_end)) = (memchr(b'\n', gap), memrchr(b'\n', gap)) else {
        return Some(LineDepth::Same(Closeness::Line));
    };
    // The earlier one may be on several lines itself.
    let before = &text[earlier.start.saturating_sub(MOST_OF_LINE)..start];
    let at = earlier.start.min(MOST_OF_LINE);
    let begin = memrchr(b'\n', &before[..at]).map_or(0, |at| at + 1);
    let first = &before[begin..];
    let first = TextRow::of(&first[..memchr(b'\n', first).unwrap_or(first.len())]);
    let after = &text[start + last_end + 1..text.len().min(later.start + MOST_OF_LINE)];
    let last = TextRow::of(&after[..memchr(b'\n', after).unwrap_or(after.len())]);
    let least = first.depth.min(last.depth);
    let mut siblings = last.item.is_some_and(|item| item < first.depth);
    let (mut is_apart, mut is_adjacent) = (false, true);
    let between = gap.get(end + 1..last_end).unwrap_or_default();
    for row in between.split(|byte| *byte == b'\n').map(TextRow::of).filter(|_| last_end > end) {
        if row.is_section() {
            return None;
        }
        is_adjacent = false;
        match row.text.is_empty() {
            true => is_apart = true,
            false if row.is_comment() || row.is_closing() => {}
            false => siblings |= row.item.unwrap_or(row.depth) < least,
        }
    }
    if last.is_section() {
        return None;
    }
    let closeness = if is_apart { Closeness::Block } else { Closeness::Paragraph };
    Some(match first.depth.cmp(&last.depth) {
        _ if siblings => LineDepth::Siblings,
        // What goes on over adjacent lines may be set in as it likes.
        _ if is_adjacent => LineDepth::Same(closeness),
        Ordering::Equal => LineDepth::Same(closeness),
        Ordering::Less => LineDepth::LaterIsDeeper,
        Ordering::Greater => LineDepth::EarlierIsDeeper,
    })
}

/// A line.
struct TextRow<'t> {
    /// Without white space around.
    text: &'t [u8],
    /// How far its content is set in; after the mark of a list's entry that is a mapping.
    depth: usize,
    /// If it begins such an entry: how far the mark is set in.
    item: Option<usize>,
}

impl<'t> TextRow<'t> {
    fn of(line: &'t [u8]) -> Self {
        let text = line.trim_ascii();
        let depth = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let content = text.strip_prefix(b"- ").map(<[u8]>::trim_ascii_start);
        let is_mapping = |content: &&[u8]| {
            let name = content.iter().take_while(|byte| is_of_name(**byte) || matches!(byte, b'"' | b'\''));
            let rest = &content[name.count()..];
            rest.first() == Some(&b':') && rest.get(1).is_none_or(u8::is_ascii_whitespace)
        };
        match content.filter(is_mapping) {
            Some(content) => Self { text, depth: depth + text.len() - content.len(), item: Some(depth) },
            None => Self { text, depth, item: None },
        }
    }

    /// `[profile]`, `[[list]]`, or the mark between two documents.
    fn is_section(&self) -> bool {
        if self.text == b"---" || self.text == b"..." {
            return true;
        }
        let Some(rest) = self.text.strip_prefix(b"[") else { return false };
        let rest = rest.strip_prefix(b"[").unwrap_or(rest);
        let Some(end) = memchr(b']', rest) else { return false };
        let (name, after) = (&rest[..end], rest[end..].trim_ascii_start());
        let after = after.strip_prefix(b"]").unwrap_or(after);
        let after = after.strip_prefix(b"]").unwrap_or(after).trim_ascii_start();
        name.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            && !name.contains(&b',')
            && (after.is_empty() || after.starts_with(b"#") || after.starts_with(b";"))
    }

    fn is_comment(&self) -> bool {
        [&b"#"[..], b"//", b"/*", b"* ", b"<!--", b";"].iter().any(|start| self.text.starts_with(start))
    }

    /// Only ends what is around it.
    fn is_closing(&self) -> bool {
        self.text.iter().all(|byte| matches!(byte, b'}' | b']' | b')' | b',' | b';' | b'{' | b'[' | b'('))
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The longest name that is looked for before a value.
const LONGEST_NAME: usize = 80;

/// The bytes between a name and its value.
const LONGEST_OPERATOR: usize = 24;

/// The name that is before `value` on its line, as in `name = "value"`; empty if there is none. Of an entry like
/// `name: NAME, value: value` it is NAME.
pub(super) fn name_before(text: &[u8], value: Span) -> &[u8] {
    let name = word_before(text, value.start, false);
    let name = if is_word_of_value(&text[name.start..name.end]) {
        word_before(text, name.start, true)
    } else {
        name
    };
    &text[name.start..name.end]
}

fn is_value(text: &[u8], value: Span) -> bool {
    let name = word_before(text, value.start, false);
    is_word_of_value(&text[name.start..name.end])
}

fn is_word_of_value(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"value") || name.eq_ignore_ascii_case(b"val")
}

fn word_before(text: &[u8], at: usize, over_lines: bool) -> Span {
    let is_between = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b',' | b'(' | b'\\')
            || over_lines && matches!(byte, b'\n' | b'\r' | b'-')
    };
    let before = &text[at.saturating_sub(LONGEST_OPERATOR)..at];
    let end = at - before.iter().rev().take_while(|byte| is_between(byte)).count();
    // `set("NAME", "value")` has a name, and the row `one,two` has none.
    let is_row =
        text[end..at].contains(&b',') && !text[end..at].iter().any(|byte| matches!(byte, b'"' | b'\''));
    if is_row {
        return Span::new(at, at);
    }
    let before = &text[end.saturating_sub(LONGEST_NAME)..end];
    Span::new(end - before.iter().rev().take_while(|byte| is_of_name(**byte)).count(), end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use memchr::memmem;

    /// How close `ID` is to `SECRET` in a text.
    fn of(text: &str) -> Option<Closeness> {
        let span = |word: &str| {
            let at = memmem::find(text.as_bytes(), word.as_bytes()).expect("the text has it");
            Span::new(at, at + word.len())
        };
        closeness(text.as_bytes(), span("SECRET"), span("ID"))
    }

    #[test]
    fn closeness_is_by_line_paragraph_and_block() {
        use Closeness::{Around, Block, Entries, Line, Paragraph};
        for (text, wanted) in [
            ("ID:SECRET", Some(Line)),
            ("a=ID\nb=SECRET", Some(Paragraph)),
            ("b=SECRET\na=ID", Some(Paragraph)),
            ("a=ID\n# note\nx=1\nb=SECRET", Some(Paragraph)),
            ("a=ID\n\nb=SECRET", Some(Block)),
            ("[one]\na=ID\nb=SECRET", Some(Paragraph)),
            ("[one]\na=ID\n[two]\nb=SECRET", None),
            ("a: ID\n---\nb: SECRET", None),
            ("one:\n  a: ID\n  b: SECRET", Some(Paragraph)),
            ("one:\n  a: ID\ntwo:\n  b: SECRET", None),
            ("one:\n  a: ID\nb: SECRET", Some(Paragraph)),
            ("one:\n  a: ID\n  c: 1\nb: SECRET", None),
            ("a: ID\none:\n  b: SECRET", Some(Around)),
            ("one:\n  b: SECRET\n  c: 1\na: ID", Some(Around)),
            ("- a: ID\n  b: SECRET", Some(Paragraph)),
            ("- a: ID\n  c: 1\n- b: SECRET", None),
            ("- a: ID\n  c: 1\n- c: 2\n  b: SECRET", None),
            ("- A=ID\n- B=SECRET", Some(Paragraph)),
            ("- name: A\n  value: ID\n- name: B\n  value: SECRET", Some(Entries)),
            ("{\"a\": \"ID\", \"b\": \"SECRET\"}", Some(Line)),
            ("[{\"a\": \"ID\"}, {\"b\": \"SECRET\"}]", None),
            (
                "[{\"name\": \"A\", \"value\": \"ID\"}, {\"name\": \"B\", \"value\": \"SECRET\"}]",
                Some(Entries),
            ),
            ("{\"one\": {\"a\": \"ID\"}, \"two\": {\"b\": \"SECRET\"}}", None),
            ("{\"a\": \"ID\", \"two\": {\"b\": \"SECRET\"}}", Some(Around)),
            ("{\"one\": {\"a\": \"ID\"}, \"b\": \"SECRET\"}", None),
            ("{\n  \"a\": \"ID\",\n  \"b\": \"SECRET\"\n}", Some(Paragraph)),
            ("Client(a=\"ID\",\n       b=\"SECRET\")", Some(Paragraph)),
            ("a = f(\"ID\")\nb = f(\"SECRET\")", None),
            ("def a():\n    x = \"ID\"\ndef b():\n    y = \"SECRET\"", None),
        ] {
            assert_eq!(of(text), wanted, "{text}");
        }
    }

    #[test]
    fn the_name_of_a_value_is_before_it() {
        for (text, wanted) in [
            ("AWS_ID=VALUE", "AWS_ID"),
            ("  \"awsId\": \"VALUE\"", "awsId"),
            ("name: AWS_ID\n  value: VALUE", "AWS_ID"),
            ("{\"name\": \"AWS_ID\", \"value\": \"VALUE\"}", "AWS_ID"),
            ("VALUE", ""),
            ("a\nVALUE", ""),
        ] {
            let at = text.find("VALUE").expect("the text has it");
            let name = name_before(text.as_bytes(), Span::new(at, at + 5));
            assert_eq!(String::from_utf8_lossy(name), wanted, "{text}");
        }
    }
}
