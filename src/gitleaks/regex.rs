//! Regexes as Go writes them (RE2), in the syntax of the `regex` crate.
//!
//! The two differ in little. Go's `\d`, `\w`, `\s` and `\b` are ASCII; a `[` in a class and a `{` that repeats nothing are
//! literal; `\<` is no word boundary; `\Q…\E` quotes. What this crate's syntax has beyond Go's (the flag `x`, sets
//! in classes) is refused or taken as Go takes it. What neither has (look-around, references to groups) its parser
//! refuses.

use crate::rules::pattern::{self, MAX_STATES};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

/// The flags that Go knows.
const FLAGS: &str = "imsU-";

/// A regex of Go's in the syntax of the `regex` crate.
///
/// # Errors
/// Why it is none, as a clause.
pub fn translate(go: &str) -> Result<String, String> {
    let translated = Translator { rest: go.chars().collect(), at: 0, out: String::new() }.run()?;
    parse(&translated)?;
    Ok(translated)
}

/// The number of groups of a translated regex.
pub fn groups(translated: &str) -> usize {
    parse(translated).map_or(0, |hir| hir.properties().explicit_captures_len())
}

fn parse(translated: &str) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new().utf8(false).unicode(true).build();
    let hir = parser.parse(translated).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    })?;
    match pattern::states(&hir) > MAX_STATES {
        true => Err("it is too large once its repetitions are written out".to_owned()),
        false => Ok(hir),
    }
}

struct Translator {
    rest: Vec<char>,
    at: usize,
    out: String,
}

impl Translator {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn run(mut self) -> Result<String, String> {
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            match letter {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '{' if !self.repeats() => self.out.push_str(r"\{"),
                '(' if self.peek(0) == Some('?') => self.group()?,
                letter => self.out.push(letter),
            }
        }
        Ok(self.out)
    }

    /// Whether a number of repetitions follows a `{`.
    fn repeats(&self) -> bool {
        let body: String = self.rest[self.at..].iter().take_while(|letter| **letter != '}').collect();
        if self.rest.get(self.at + body.chars().count()) != Some(&'}') {
            return false;
        }
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match body.split_once(',') {
            Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
            None => is_number(&body),
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(letter) = self.peek(0) else { return Err("it ends with a backslash".to_owned()) };
        self.at += 1;
        let translated = match (letter, in_class) {
            ('d', false) => "[0-9]",
            ('w', false) => "[0-9A-Za-z_]",
            ('s', false) => r"[\t\n\f\r ]",
            ('d', true) => "0-9",
            ('w', true) => "0-9A-Za-z_",
            ('s', true) => r"\t\n\f\r ",
            ('D', _) => "[^0-9]",
            ('W', _) => "[^0-9A-Za-z_]",
            ('S', _) => r"[^\t\n\f\r ]",
            ('b', false) => r"(?-u:\b)",
            ('B', false) => r"(?-u:\B)",
            ('<', _) => "<",
            ('>', _) => ">",
            ('Q', false) => return self.quoted(),
            _ => {
                self.out.push('\\');
                self.out.push(letter);
                return Ok(());
            }
        };
        self.out.push_str(translated);
        Ok(())
    }

    /// The text after `\Q`, up to `\E` or the end.
    fn quoted(&mut self) -> Result<(), String> {
        while let Some(letter) = self.peek(0) {
            if letter == '\\' && self.peek(1) == Some('E') {
                self.at += 2;
                break;
            }
            self.at += 1;
            self.out.push_str(&regex_syntax::escape(&letter.to_string()));
        }
        Ok(())
    }

    /// A class, after its `[`.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut is_first = true;
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            match letter {
                ']' if is_first => self.out.push_str(r"\]"),
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape(true)?,
                '[' if self.peek(0) == Some(':') => self.named_class()?,
                '[' | '&' | '~' => self.out.extend(['\\', letter]),
                '-' if is_first || self.peek(0) == Some(']') => self.out.push_str(r"\-"),
                letter => self.out.push(letter),
            }
            is_first = false;
        }
        Err("a class is not closed".to_owned())
    }

    /// `[:name:]` in a class, after its `[`.
    fn named_class(&mut self) -> Result<(), String> {
        self.out.push('[');
        while let Some(letter) = self.peek(0) {
            self.at += 1;
            self.out.push(letter);
            if letter == ']' {
                return Ok(());
            }
        }
        Err("a class is not closed".to_owned())
    }

    /// A group with `?`, after its `(`: flags that Go does not have are refused.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let flags: String = self.rest[self.at + 1..]
            .iter()
            .take_while(|letter| letter.is_ascii_alphabetic() || **letter == '-')
            .collect();
        let end = self.peek(1 + flags.len());
        if matches!(end, Some(':' | ')'))
            && let Some(unknown) = flags.chars().find(|flag| !FLAGS.contains(*flag))
        {
            return Err(format!("Go has no flag `{unknown}`"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::Regex;

    #[test]
    fn what_go_matches_is_matched() {
        let table = [
            (r"\d+", "٣٣a12", Some("12")),
            (r"\w+", "éa_1é", Some("a_1")),
            (r"\bab\b", "éab", Some("ab")),
            (r"[^\d]b", "1bxb", Some("xb")),
            (r"[\w.]+", "é a.b", Some("a.b")),
            (r"a[[]b", "a[b", Some("a[b")),
            (r"[a&&b]+", "x&&a", Some("&&a")),
            (r"[]a]+", "x]a]", Some("]a]")),
            (r"[^]]+", "]ab]", Some("ab")),
            (r"[a-]+", "-a-", Some("-a-")),
            (r"\${a}", "x${a}", Some("${a}")),
            (r"{{x}}", "{{x}}", Some("{{x}}")),
            (r"a{2}", "aaa", Some("aa")),
            (r"a{2,}", "aaa", Some("aaa")),
            (r"a{,2}", "a{,2}", Some("a{,2}")),
            (r"\<a\>", "<a>", Some("<a>")),
            (r"\Qa.b\E+", "a.bb", Some("a.bb")),
            (r"[[:alpha:]]+", "1ab", Some("ab")),
            (r"(?i)ab", "AB", Some("AB")),
            (r"(?P<n>a)(?:b)", "ab", Some("ab")),
            (r"(?s).+", "a\nb", Some("a\nb")),
            (r".+", "a\nb", Some("a")),
            (r"^b", "a\nb", None),
            (r"(?m)^b$", "a\nb", Some("b")),
            (r"\x60", "`", Some("`")),
            (r"\pL+", "é1", Some("é")),
            (r"a\z", "a", Some("a")),
        ];
        for (go, text, wanted) in table {
            let regex = Regex::new(&translate(go).unwrap_or_else(|why| panic!("{go}: {why}"))).expect(go);
            let found = regex.find(text.as_bytes()).map(|found| found.as_bytes());
            assert_eq!(found, wanted.map(str::as_bytes), "{go}");
        }
    }

    #[test]
    fn what_go_does_not_know_is_refused() {
        for go in
            [r"(?=a)", r"(?!a)", r"(?<=a)b", r"(a)\1", r"(?x) a", r"[a", r"(a", r"a\", r"\C", "*a", "(?u:a)"]
        {
            assert!(translate(go).is_err(), "{go}");
        }
        assert!(translate(&"(a{1000})".repeat(1000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_translated_or_refused(go in r"([\[\](){}?^:\\QEdwsbx&~|*+,19a-]|é){0,24}") {
            if let Ok(translated) = translate(&go) {
                proptest::prop_assert!(regex::bytes::RegexBuilder::new(&translated).size_limit(1 << 28).build().is_ok());
            }
        }
    }
}
