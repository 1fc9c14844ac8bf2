//! Secrets and hostile text as they are printed.

use crate::model::{RuleInfo, Secret};

/// The secret as a report shows it: the rule's literal prefix, `…`, and the length in bytes; or the
/// secret itself where `show` says so.
pub fn shown(secret: &Secret, rule: &RuleInfo, show: bool) -> String {
    if show {
        return String::from_utf8_lossy(secret.expose()).into_owned();
    }
    let fits = secret.len() > rule.prefix.len() && secret.expose().starts_with(rule.prefix.as_bytes());
    let prefix = if fits { rule.prefix.as_str() } else { "" };
    format!("{prefix}…({} bytes)", secret.len())
}

/// Text that a terminal or a log takes as text: control characters, line separators and characters that
/// turn the direction of writing stand as `\u{…}`.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let hostile = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        if hostile {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Severity};

    fn rule(prefix: &str) -> RuleInfo {
        RuleInfo {
            id: "x".into(),
            description: String::new(),
            provider: None,
            severity: Severity::High,
            confidence: Confidence::High,
            generic: false,
            part: false,
            path: None,
            prefix: prefix.into(),
            verify: None,
            revoke: None,
            references: Vec::new(),
            tags: Vec::new(),
        }
    }

    #[test]
    fn only_prefix_and_length_are_shown() {
        let secret = Secret::new(*b"tok_abcdefgh");
        assert_eq!(shown(&secret, &rule("tok_"), false), "tok_…(12 bytes)");
        assert_eq!(shown(&secret, &rule("other_"), false), "…(12 bytes)");
        assert_eq!(shown(&secret, &rule("tok_abcdefgh"), false), "…(12 bytes)");
        assert_eq!(shown(&secret, &rule("tok_"), true), "tok_abcdefgh");
    }

    #[test]
    fn escapes_and_direction_marks_are_neutralised() {
        assert_eq!(printable("a\x1b[31m\u{202e}ü"), "a\\u{1b}[31m\\u{202e}ü");
    }
}
