//! Allow comments: "this one is meant to be here", on the line or the line above.
//!
//! Keydredge's own (`keydredge:allow`, `keydredge:allow-next-line`, with rule ids and a reason if wanted)
//! and those of other scanners. A comment covers the occurrence that it is at and nothing else. The words
//! must be *outside* the secret, or a value could excuse itself. [`regions`] has those that are about more than a line.
//!
//! ```text
//! key = "…"  # keydredge:allow
//! key = "…"  # keydredge:allow stripe-secret-key, generic-api-key -- made up for the docs
//! # keydredge:allow-next-line reason="made up for the docs"
//! ```

pub mod regions;

use crate::model::{Candidate, Suppression};
use memchr::memmem;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// The longest reason that is printed, in characters.
const REASON: usize = 120;

/// The words of every comment. The word must end there, which is checked by hand, so that
/// `keydredge:allow-next-line` is not read as `keydredge:allow`.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x-u)
        (?P<own> keydredge:allow (?P<next> -next-line )? )
        | (?P<above> pragma: [\x20\t]? (?: allow | white ) list [\x20\t] nextline [\x20\t] secret )
        | (?: gitleaks | betterleaks ) :allow
        | (?: trufflehog | kingfisher ) :ignore
        | ggignore
        | secretlint-disable- (?P<below> next- )? line
        | checkov:skip=CKV2?_SECRET_[0-9]+
        | pragma: [\x20\t]? (?: allow | white ) list [\x20\t]? secret",
    )
    .expect("the pattern is sound")
});

/// The comment that covers `candidate` of the rule `rule` at its place.
pub(super) fn cover(candidate: &Candidate, rule: &str) -> Option<Suppression> {
    let context = &candidate.context;
    let secret = candidate.secret.expose();
    let on_line = context.lines.iter().find_map(|line| comment(line, secret, Aim::Line, rule));
    let nearest = context.above.last();
    let above = || nearest.and_then(|line| comment(line, secret, Aim::NextLine, rule));
    // Around a value of several lines, kingfisher's comment may be on a line of its own.
    let around = || {
        let beside = nearest.into_iter().chain(context.below.first());
        let mut lines = beside.filter(|_| context.lines.len() > 1);
        lines.find_map(|line| comment(line, secret, Aim::Around, rule))
    };
    on_line.or_else(above).or_else(around)
}

/// Where a comment is relative to the secret, which decides what words count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Line,
    NextLine,
    Around,
}

/// The first comment of `line` that covers a secret of the rule `rule`.
fn comment(line: &[u8], secret: &[u8], aim: Aim, rule: &str) -> Option<Suppression> {
    if !WORDS.is_match(line) {
        return None;
    }
    let outside = without(line, secret)?;
    WORDS.captures_iter(&outside).find_map(|captures| {
        let words = captures.get(0)?;
        let rest = &outside[words.end()..];
        let before = outside[..words.start()].last();
        if before.is_some_and(|byte| is_word(*byte)) || rest.first().is_some_and(|byte| is_word(*byte)) {
            return None;
        }
        let own = captures.name("own").is_some();
        let for_next = ["next", "above", "below"].iter().any(|name| captures.name(name).is_some());
        // Checkov's is on the line or beside it; beside it, only a line of its own is not about another value.
        let is_checkovs = || words.as_bytes().starts_with(b"checkov") && is_comment(&outside);
        let counts = match aim {
            Aim::Line => !for_next,
            Aim::NextLine => for_next || is_checkovs(),
            Aim::Around => words.as_bytes().starts_with(b"kingfisher"),
        };
        let (rules, reason) = if own { terms(rest) } else { (Vec::new(), None) };
        let names_rule = rules.is_empty() || rules.iter().any(|named| named == rule);
        let words = String::from_utf8_lossy(words.as_bytes()).into_owned();
        (counts && names_rule).then_some(Suppression::AllowComment { words, reason, is_new: false })
    })
}

/// The line with every copy of the secret blanked; `None` if the secret contains a comment's words and
/// is there in a spelling that cannot be found (escaped, over several lines).
fn without(line: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut outside = line.to_vec();
    let mut is_found = false;
    if !secret.is_empty() {
        for at in memmem::find_iter(line, secret) {
            outside[at..at + secret.len()].fill(0);
            is_found = true;
        }
    }
    (is_found || !WORDS.is_match(secret)).then_some(outside)
}

/// True for a line that is a comment from its start.
fn is_comment(line: &[u8]) -> bool {
    [&b"#"[..], b"//", b"--", b"/*", b"<!--", b"*"]
        .iter()
        .any(|mark| line.trim_ascii_start().starts_with(mark))
}

/// What follows keydredge's own words: rule ids (kebab-case, at least one dash), then a reason, either
/// as `reason="…"` or after `--`. Other text is ignored.
fn terms(rest: &[u8]) -> (Vec<String>, Option<String>) {
    let rest = String::from_utf8_lossy(rest);
    let mut rules = Vec::new();
    let words =
        rest.split(|letter: char| letter.is_whitespace() || letter == ',').filter(|word| !word.is_empty());
    for word in words {
        let is_id = word.contains('-')
            && word.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_id {
            break;
        }
        rules.push(word.to_owned());
    }
    (rules, reason(&rest))
}

fn reason(rest: &str) -> Option<String> {
    let quoted =
        rest.split_once("reason=\"").and_then(|(_, text)| text.split_once('"')).map(|(text, _)| text);
    let dashed = || rest.split_once(" -- ").map(|(_, text)| text);
    let text = quoted.or_else(dashed)?;
    let text = ["-->", "*/", "#}", "%>", "--}}"]
        .iter()
        .fold(text, |text, end| text.split(end).next().unwrap_or(text));
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(REASON).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::Context;

    const SECRET: &str = "hunter2hunter2";

    fn covered(above: &str, line: &str, rule: &str) -> Option<String> {
        let context = Context {
            above: vec![above.as_bytes().into()],
            lines: vec![line.as_bytes().into()],
            below: Vec::new(),
        };
        cover(&Candidate { context, ..sample::candidate(SECRET.as_bytes()) }, rule).map(|by| by.to_string())
    }

    #[test]
    fn a_comment_on_the_line_covers() {
        let comments = [
            "# keydredge:allow",
            "// keydredge:allow acme-token",
            "/* keydredge:allow other-token, acme-token -- made up */",
            "# keydredge:allow reason=\"made up\"",
            "# keydredge:allow made up",
            "# gitleaks:allow",
            "#betterleaks:allow",
            "<!-- trufflehog:ignore -->",
            "# kingfisher:ignore",
            "# pragma: allowlist secret",
            "# pragma: whitelist secret",
            "-- pragma:allowlist secret",
            "# ggignore",
            "// secretlint-disable-line @secretlint/secretlint-rule-pattern -- made up",
            "# noqa gitleaks:allow keydredge:allow",
        ];
        for comment in comments {
            let line = format!("key = '{SECRET}'");
            assert!(covered("", &format!("{line}  {comment}"), "acme-token").is_some(), "{comment}");
            assert!(covered(comment, &line, "acme-token").is_none(), "{comment}");
        }
    }

    #[test]
    fn a_comment_above_covers_where_it_says_so() {
        for comment in [
            "# keydredge:allow-next-line acme-token",
            "// pragma: allowlist nextline secret",
            "// secretlint-disable-next-line",
        ] {
            assert!(covered(comment, SECRET, "acme-token").is_some(), "{comment}");
            let line = format!("{SECRET} {comment}");
            assert!(covered("", &line, "acme-token").is_none(), "{comment}");
        }
        // Checkov's is about its own line and those beside it.
        let comment = "# checkov:skip=CKV_SECRET_6:made up";
        assert!(covered("", &format!("{SECRET} {comment}"), "acme-token").is_some());
        assert!(covered(comment, SECRET, "acme-token").is_some());
        assert!(covered(&format!("other = 'x' {comment}"), SECRET, "acme-token").is_none());
        assert!(covered("", &format!("{SECRET} # checkov:skip=CKV_AWS_20:public"), "acme-token").is_none());
    }

    #[test]
    fn what_only_looks_like_a_comment_covers_nothing() {
        let comments = [
            "# keydredge:allow other-token",
            "# keydredge:allowed",
            "# mygitleaks:allow",
            "# gitleaks:allow-list",
            "# gitleaks: allow",
            "# ggignore-next-line",
            "# allowlist secret",
        ];
        for comment in comments {
            let line = format!("{SECRET}  {comment}");
            assert_eq!(covered("", &line, "acme-token"), None, "{comment}");
        }
    }

    #[test]
    fn a_secret_cannot_excuse_itself() {
        let words = "gitleaks:allow";
        let plain = format!("p = '{words}'");
        let escaped = "p = 'gitleaks\\x3aallow' # hunter2";
        for line in [plain.as_str(), escaped] {
            let context = Context { lines: vec![line.as_bytes().into()], ..Context::default() };
            let candidate = Candidate { context, ..sample::candidate(words.as_bytes()) };
            assert_eq!(cover(&candidate, "acme-token"), None, "{line}");
        }
    }

    #[test]
    fn a_reason_is_told_when_it_is_given_as_one() {
        let table = [
            ("keydredge:allow -- made up", Some(": made up")),
            ("keydredge:allow acme-token reason=\"made up\" more", Some(": made up")),
            ("<!-- keydredge:allow -- made up -->", Some(": made up")),
            ("keydredge:allow some text", Some("")),
        ];
        for (comment, reason) in table {
            let told = covered("", comment, "acme-token");
            assert_eq!(
                told,
                reason.map(|reason| format!("allow comment `keydredge:allow`{reason}")),
                "{comment}"
            );
        }
    }

    #[test]
    fn a_comment_beside_a_value_of_several_lines_covers_where_kingfisher_says_so() {
        let lines = |words: &str| Context {
            above: Vec::new(),
            lines: vec![b"begin"[..].into(), b"end"[..].into()],
            below: vec![words.as_bytes().into()],
        };
        let candidate = |words| Candidate { context: lines(words), ..sample::candidate(SECRET.as_bytes()) };
        assert!(cover(&candidate("# kingfisher:ignore"), "acme-token").is_some());
        assert!(cover(&candidate("# gitleaks:allow"), "acme-token").is_none());
    }
}
