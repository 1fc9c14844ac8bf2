//! Regexes and globs of other tools in the syntax of the `regex` crate.

use crate::gitleaks::regex as go;
use regex::bytes::RegexBuilder;

/// The largest automaton of a regex, bytes.
const LARGEST: usize = 1 << 24;

/// The syntax of a regex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Go's, RE2.
    Go,
    /// Python's `re`.
    Python,
    /// The `regex` crate's, over bytes, with ASCII classes.
    Rust,
    /// POSIX extended, as `grep -E` takes it in the locale C.
    Extended,
}

/// A regex in our syntax.
///
/// # Errors
/// Why it has no meaning here, as a clause that repeats nothing of it.
pub(super) fn translate(text: &str, dialect: Dialect) -> Result<String, String> {
    let translated = match dialect {
        Dialect::Go => return go::translate(text).map_err(|_| no_regex()),
        Dialect::Python => text.replace(r"\Z", r"\z"),
        Dialect::Rust => format!("(?-u){text}"),
        Dialect::Extended => extended(text)?,
    };
    match RegexBuilder::new(&translated).size_limit(LARGEST).build() {
        Ok(_) => Ok(translated),
        Err(_) => Err(no_regex()),
    }
}

fn no_regex() -> String {
    "it is too large, or it looks around, or refers to a group, or is not sound".to_owned()
}

/// The number of the group of this name.
pub(super) fn group_of(regex: &str, name: &str) -> Option<usize> {
    let regex = RegexBuilder::new(regex).size_limit(LARGEST).build().ok()?;
    regex.capture_names().position(|one| one == Some(name))
}

/// How many groups it has.
pub(super) fn groups(regex: &str) -> usize {
    RegexBuilder::new(regex).size_limit(LARGEST).build().map_or(0, |regex| regex.captures_len() - 1)
}

/// A POSIX extended regex. In its brackets a backslash is an ordinary character.
fn extended(text: &str) -> Result<String, String> {
    let mut out = String::from("(?-u)");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '[' => {
                out.push('[');
                if letters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if letters.next_if_eq(&']').is_some() {
                    out.push_str(r"\]");
                }
                loop {
                    match letters.next() {
                        None => return Err("a bracket is not closed".to_owned()),
                        Some(']') => break,
                        Some('[') if letters.peek() == Some(&':') => {
                            let class: String =
                                letters.by_ref().take_while(|letter| *letter != ']').collect();
                            out.push_str(&format!("[{class}]"));
                        }
                        Some('[') if matches!(letters.peek(), Some('.' | '=')) => {
                            return Err("it has a collating symbol".to_owned());
                        }
                        Some(inner @ ('[' | '\\' | '&' | '~')) => out.extend(['\\', inner]),
                        Some(inner) => out.push(inner),
                    }
                }
                out.push(']');
            }
            '\\' => match letters.next() {
                None => return Err("it ends with a backslash".to_owned()),
                Some('<') => out.push_str(r"\b{start}"),
                Some('>') => out.push_str(r"\b{end}"),
                Some('`') => out.push_str(r"\A"),
                Some('\'') => out.push_str(r"\z"),
                Some(escaped @ ('w' | 'W' | 's' | 'S' | 'b' | 'B')) => out.extend(['\\', escaped]),
                Some(digit) if digit.is_ascii_digit() => return Err("it refers to a group".to_owned()),
                // grep takes any other letter for itself.
                Some(escaped) => out.push_str(&regex_syntax::escape(&escaped.to_string())),
            },
            // A group of ours begins in another way.
            '(' if letters.peek() == Some(&'?') => return Err("it has a `?` after `(`".to_owned()),
            letter => out.push(letter),
        }
    }
    Ok(out)
}

/// How a glob matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GlobKind {
    /// ggshield's: `/` at the start is the root, at the end a folder; else anywhere.
    Ggshield,
    /// talisman's: with a slash the whole path, without one the name of a file; `/` at the end is a folder at the root.
    Talisman,
}

/// A glob as a regex of paths. `*` and `?` do not match `/`.
pub(super) fn glob(glob: &str, kind: GlobKind) -> String {
    let is_folder = glob.ends_with('/');
    let is_from_root = match kind {
        GlobKind::Ggshield => glob.starts_with('/'),
        GlobKind::Talisman => glob.contains('/'),
    };
    let body = glob.trim_start_matches('/').trim_end_matches('/');
    let mut regex = String::from(if is_from_root { "^" } else { "(?:^|/)" });
    let mut rest = body;
    while let Some(letter) = rest.chars().next() {
        let width = if let Some(after) = rest.strip_prefix("**/") {
            regex.push_str("(?:.*/)?");
            rest.len() - after.len()
        } else if rest.starts_with("**") {
            regex.push_str(".*");
            2
        } else {
            match letter {
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                '[' if rest.contains(']') => {
                    let end = rest.find(']').unwrap_or(0);
                    let inner = &rest[1..end];
                    let (not, inner) = match inner.strip_prefix(['!', '^']) {
                        Some(inner) => ("^/", inner),
                        None => ("", inner),
                    };
                    let inner: String = inner
                        .chars()
                        .map(|one| {
                            if matches!(one, '[' | '\\' | '&' | '~' | '^') {
                                format!("\\{one}")
                            } else {
                                one.to_string()
                            }
                        })
                        .collect();
                    let class = format!("[{not}{inner}]");
                    if RegexBuilder::new(&class).build().is_ok() {
                        regex.push_str(&class);
                    } else {
                        regex.push_str(&regex_syntax::escape(&rest[..=end]));
                    }
                    rest = &rest[end..];
                }
                letter => regex.push_str(&regex_syntax::escape(&letter.to_string())),
            }
            rest.chars().next().map_or(1, char::len_utf8)
        };
        rest = &rest[width..];
    }
    regex.push_str(match (is_folder, kind) {
        (true, _) => "/",
        (false, GlobKind::Ggshield) => "(?:/|$)",
        (false, GlobKind::Talisman) => "$",
    });
    regex
}

/// A regex that matches a secret with fewer than `count` characters of `class` (as in brackets).
pub(super) fn fewer_than(count: u64, class: &str) -> Option<String> {
    let count = count.checked_sub(1).filter(|count| *count < 1000)?;
    Some(format!("^(?:[^{class}]*[{class}]){{0,{count}}}[^{class}]*$").replace("^(?:", "^(?s-u:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::Regex;

    #[test]
    fn globs_match_as_their_tools_match() {
        use GlobKind::{Ggshield, Talisman};
        let table = [
            (Ggshield, "a.env", "x/a.env", true),
            (Ggshield, "a.env", "xa.env", false),
            (Ggshield, "/a.env", "x/a.env", false),
            (Ggshield, "docs/", "x/docs/a", true),
            (Ggshield, "docs/", "docs", false),
            (Ggshield, "**/README.md", "README.md", true),
            (Ggshield, "*.env", "x/a.env", true),
            (Ggshield, "a/*", "a/b", true),
            (Talisman, "*.lock", "x/a.lock", true),
            (Talisman, "a/*.env", "a/b.env", true),
            (Talisman, "a/*.env", "x/a/b.env", false),
            (Talisman, "a/*.env", "a/c/b.env", false),
            (Talisman, "[ab].env", "b.env", true),
            (Talisman, "a.env", "a.env.bak", false),
        ];
        for (kind, text, path, wanted) in table {
            let regex = glob(text, kind);
            let is_match = Regex::new(&regex).expect(&regex).is_match(path.as_bytes());
            assert_eq!(is_match, wanted, "{text} {path}: {regex}");
        }
    }

    #[test]
    fn extended_regexes_mean_what_grep_means() {
        let table = [
            (r"[\w]x", "wx", true),
            (r"[\w]x", "ax", false),
            (r"[]a]+b", "]ab", true),
            (r"[[:digit:]]{2}", "a12", true),
            (r"\<key\>", "a key b", true),
            (r"\<key\>", "akey", false),
            (r"a\.b", "axb", false),
            (r"(a|b)+c", "abac", true),
        ];
        for (text, line, wanted) in table {
            let regex = translate(text, Dialect::Extended).expect(text);
            assert_eq!(
                Regex::new(&regex).expect(&regex).is_match(line.as_bytes()),
                wanted,
                "{text}: {regex}"
            );
        }
        for wrong in [r"(a)\1", "[a", "a\\", "[[.a.]]", "(?:a)", "(a"] {
            assert!(translate(wrong, Dialect::Extended).is_err(), "{wrong}");
        }
    }

    #[test]
    fn too_few_of_a_class_is_a_match() {
        let regex = Regex::new(&fewer_than(2, "0-9").expect("2 is no 0")).expect("it is sound");
        for (text, wanted) in [("abc", true), ("a1c", true), ("a1c2", false)] {
            assert_eq!(regex.is_match(text.as_bytes()), wanted, "{text}");
        }
        assert_eq!(fewer_than(0, "0-9"), None);
    }

    proptest::proptest! {
        #[test]
        fn globs_are_regexes(text in "[a\\]\\[*?/!.^\\\\é-]{0,20}") {
            for kind in [GlobKind::Ggshield, GlobKind::Talisman] {
                proptest::prop_assert!(Regex::new(&glob(&text, kind)).is_ok());
            }
        }
    }
}
