//! Characters that control a terminal or deceive a viewer, and how reports write them instead.
//!
//! Text formats write `\u{…}` ([`printable`]). JSON formats write JSON's own `\uXXXX` ([`compact`],
//! [`pretty`]): a parser gives the same text back, and a viewer of the raw file is not deceived.
//!
//! The services that run a job obey some of the lines that it prints: GitHub what begins with `::` after any spaces, and
//! `##[…]` anywhere in a line, Azure Pipelines `##vso[…]`, TeamCity `##teamcity[…]`. A file may have such a name. So these are
//! written with an escape, too.
//!
//! # Invariant
//!
//! Text without such characters and commands keeps its bytes in every format.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// True for control characters (C0, DEL, C1), line and paragraph separators, characters that change the
/// direction of writing, and characters that are not seen: Unicode's default ignorable code points
/// (zero-width, variation selectors, fillers, tags) and the format characters that are not drawn.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Text that is safe in a terminal or a log: deceptive characters, and the first one of a command, are written as `\u{…}`.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let begins_line = text.trim_start().starts_with("::").then(|| text.len() - text.trim_start().len());
    for (at, character) in text.char_indices() {
        let is_command = character == '#' && is_command(&text.as_bytes()[at..]) || begins_line == Some(at);
        if is_command || is_deceptive(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// True for the start of a command in the middle of a line: `##`, perhaps a service's name, and a bracket.
fn is_command(text: &[u8]) -> bool {
    text.strip_prefix(b"##").is_some_and(|rest| {
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        rest.get(name) == Some(&b'[')
    })
}

/// A text in XML; characters that XML does not have become U+FFFD.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            '\t' => out.push_str("&#x9;"),
            letter if letter < ' ' || matches!(letter, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// A cell of comma-separated values (RFC 4180): in quotes if it needs them.
pub fn csv_field(field: &str) -> String {
    let is_plain =
        !field.contains([',', '"', '\n', '\r']) && !field.starts_with([' ', '\t']) && field != "\\.";
    if is_plain { field.to_owned() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
}

/// A cell that is anyone's text: printable, and nothing that a spreadsheet would compute.
pub fn csv_cell(text: &str) -> String {
    let text = printable(text);
    let is_formula = text.starts_with(['=', '+', '-', '@']);
    csv_field(&if is_formula { format!("'{text}") } else { text })
}

/// Writes `value` as JSON on one line.
///
/// # Errors
/// Whatever writing to `out` gives.
pub fn compact(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping(CompactFormatter)))?;
    Ok(())
}

/// Writes `value` as indented JSON.
pub(super) fn pretty(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping(PrettyFormatter::new())))?;
    Ok(())
}

/// `value` as indented JSON.
pub fn pretty_text(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    pretty(&mut text, value)?;
    Ok(text)
}

/// Another formatter's JSON with deceptive characters escaped in strings.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let has_command = fragment.contains("##");
        if fragment.bytes().all(|byte| byte < 0x7f) && !has_command {
            return out.write_all(fragment.as_bytes());
        }
        let is_command = |at: usize| has_command && is_command(&fragment.as_bytes()[at..]);
        let mut done = 0;
        for (at, character) in
            fragment.char_indices().filter(|&(at, one)| is_deceptive(one) || is_command(at))
        {
            out.write_all(&fragment.as_bytes()[done..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            done = at + character.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[done..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn cells_and_xml_are_escaped_where_they_must_be() {
        for (field, wanted) in [
            ("a b", "a b"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            (" a", "\" a\""),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(csv_field(field), wanted);
        }
        assert_eq!(xml("<a & \"b\">\u{1}"), "&lt;a &amp; &#34;b&#34;&gt;\u{fffd}");
    }

    #[test]
    fn each_class_of_deceptive_characters_is_escaped_in_text_and_json() {
        let table = [
            ('\u{1b}', "\\u{1b}", "\\u001b"),
            ('\u{7f}', "\\u{7f}", "\\u007f"),
            ('\u{80}', "\\u{80}", "\\u0080"),
            ('\u{9b}', "\\u{9b}", "\\u009b"),
            ('\u{ad}', "\\u{ad}", "\\u00ad"),
            ('\u{61c}', "\\u{61c}", "\\u061c"),
            ('\u{180e}', "\\u{180e}", "\\u180e"),
            ('\u{200b}', "\\u{200b}", "\\u200b"),
            ('\u{200e}', "\\u{200e}", "\\u200e"),
            ('\u{2028}', "\\u{2028}", "\\u2028"),
            ('\u{202e}', "\\u{202e}", "\\u202e"),
            ('\u{2066}', "\\u{2066}", "\\u2066"),
            ('\u{3164}', "\\u{3164}", "\\u3164"),
            ('\u{fe0f}', "\\u{fe0f}", "\\ufe0f"),
            ('\u{feff}', "\\u{feff}", "\\ufeff"),
            ('\u{fffb}', "\\u{fffb}", "\\ufffb"),
            ('\u{e0041}', "\\u{e0041}", "\\udb40\\udc41"),
            ('\u{e0100}', "\\u{e0100}", "\\udb40\\udd00"),
        ];
        for (character, text, escaped) in table {
            let value = format!("a{character}ü");
            assert_eq!(printable(&value), format!("a{text}ü"));
            let mut line = Vec::new();
            compact(&mut line, &value).expect("a string is JSON");
            assert_eq!(String::from_utf8_lossy(&line), format!("\"a{escaped}ü\""));
        }
    }

    #[test]
    fn no_text_is_a_command_of_a_service_that_runs_jobs() {
        let table = [
            ("::add-mask::x", "\\u{3a}:add-mask::x"),
            ("  ::stop-commands::x", "  \\u{3a}:stop-commands::x"),
            ("a/##[add-mask]x", "a/\\u{23}#[add-mask]x"),
            ("##vso[task.setvariable variable=PATH]x", "\\u{23}#vso[task.setvariable variable=PATH]x"),
            ("a ###teamcity[x]", "a #\\u{23}#teamcity[x]"),
            ("std::fmt ## 1 [x] #[test] C##", "std::fmt ## 1 [x] #[test] C##"),
        ];
        for (text, written) in table {
            assert_eq!(printable(text), written);
            let mut line = Vec::new();
            compact(&mut line, &text).expect("a string is JSON");
            assert_eq!(serde_json::from_slice::<String>(&line).expect("it is JSON"), text);
            assert!(!String::from_utf8_lossy(&line).contains("##v"), "{text}");
        }
    }

    #[test]
    fn letters_signs_and_emoji_stay_as_they_are() {
        let text = "naïve Ωμέγα 日本語 العربية עברית ñ 🙂 €→… \u{10ffff}";
        assert_eq!(printable(text), text);
        let mut line = Vec::new();
        compact(&mut line, &text).expect("a string is JSON");
        assert_eq!(line, serde_json::to_vec(text).expect("a string is JSON"));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::from),
            "[a\u{7f}\u{9b}\u{202e}\u{e0041}\"\\\\\u{1}ü]{0,6}".prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_parses_to_the_same_and_deceives_nobody(value in any_value()) {
            let (mut line, mut document) = (Vec::new(), Vec::new());
            compact(&mut line, &value).expect("a value is JSON");
            pretty(&mut document, &value).expect("a value is JSON");
            for text in [line, document] {
                prop_assert_eq!(&serde_json::from_slice::<Value>(&text).expect("it is JSON"), &value);
                let text = String::from_utf8(text).expect("JSON is UTF-8");
                prop_assert!(!text.chars().any(|one| one != '\n' && is_deceptive(one)), "{:?}", text);
            }
        }

        #[test]
        fn text_without_them_keeps_its_bytes(text in "[ -Z^-~ü日]{0,20}") {
            let value = json!({ "a": [text, { "b": true }], "c": [], "d": {} });
            let (mut line, mut document) = (Vec::new(), Vec::new());
            compact(&mut line, &value).expect("a value is JSON");
            pretty(&mut document, &value).expect("a value is JSON");
            prop_assert_eq!(line, serde_json::to_vec(&value).expect("a value is JSON"));
            prop_assert_eq!(document, serde_json::to_vec_pretty(&value).expect("a value is JSON"));
        }
    }
}
