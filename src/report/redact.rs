//! Secrets as they are printed, and hostile text ([`printable`]).

use crate::model::{RuleInfo, Secret};

pub use super::escape::printable;

/// The secret as a report shows it: the rule's literal prefix, `…`, and the length in bytes; or the
/// secret itself if `show` is set.
pub fn shown(secret: &Secret, rule: &RuleInfo, show: bool) -> String {
    if show {
        return String::from_utf8_lossy(secret.expose()).into_owned();
    }
    if let Some(count) = secret.list_len() {
        return format!("…({count} values)");
    }
    let fits = secret.len() > rule.prefix.len() && secret.expose().starts_with(rule.prefix.as_bytes());
    let prefix = if fits { rule.prefix.as_str() } else { "" };
    format!("{prefix}…({} bytes)", secret.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Severity};

    fn rule(prefix: &str) -> RuleInfo {
        let plain = RuleInfo::plain("x", Severity::High, Confidence::High);
        RuleInfo { prefix: prefix.to_owned().into(), ..plain }
    }

    #[test]
    fn only_prefix_and_length_are_shown() {
        let secret = Secret::new(*b"tok_abcdefgh");
        assert_eq!(shown(&secret, &rule("tok_"), false), "tok_…(12 bytes)");
        assert_eq!(shown(&secret, &rule("other_"), false), "…(12 bytes)");
        assert_eq!(shown(&secret, &rule("tok_abcdefgh"), false), "…(12 bytes)");
        assert_eq!(shown(&secret, &rule("tok_"), true), "tok_abcdefgh");
    }
}
