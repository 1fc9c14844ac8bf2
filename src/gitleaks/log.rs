//! `--log-opts`: which commits `git log` would list.
//!
//! # Design
//!
//! Only options that choose commits are passed on to git, and each by name: an option of `git log` that keydredge does not
//! know is refused. A history is scanned whole; then the findings of the listed commits are kept.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

/// Options without a value, or with one after `=`.
const OPTIONS: [&str; 16] = [
    "--all",
    "--branches",
    "--tags",
    "--remotes",
    "--since",
    "--after",
    "--until",
    "--before",
    "--no-merges",
    "--merges",
    "--first-parent",
    "--full-history",
    "--max-count",
    "--author",
    "--reverse",
    "--not",
];

/// Options whose value may be the next word.
const WITH_VALUE: [&str; 6] = ["--since", "--after", "--until", "--before", "--max-count", "-n"];

/// Options that name commits, so that HEAD is not meant.
const REVISIONS: [&str; 4] = ["--all", "--branches", "--tags", "--remotes"];

/// The arguments of `git rev-list` for what `--log-opts` says.
///
/// # Errors
/// Names the option that is not known.
pub fn arguments(log_opts: &str) -> Result<Vec<String>, String> {
    let (mut options, mut revisions) = (Vec::new(), Vec::new());
    let mut words = log_opts.split(' ').filter(|word| !word.is_empty()).map(unquoted);
    let mut names_commits = false;
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or(word);
        let is_count = word.strip_prefix('-').is_some_and(|digits| {
            !digits.is_empty() && digits.trim_start_matches('n').bytes().all(|byte| byte.is_ascii_digit())
        });
        if WITH_VALUE.contains(&word) {
            let value = words.next().ok_or_else(|| format!("`{word}` in --log-opts has no value"))?;
            options.push(if word == "-n" {
                format!("--max-count={value}")
            } else {
                format!("{word}={value}")
            });
        } else if OPTIONS.contains(&name) || is_count {
            names_commits |= REVISIONS.contains(&name);
            options.push(word.to_owned());
        } else if word.starts_with('-') {
            return Err(format!(
                "--log-opts has `{name}`, which keydredge does not know. It takes revisions and ranges, {}, and a number of \
                 commits (`-n 10`)",
                OPTIONS.join(", ")
            ));
        } else {
            names_commits = true;
            revisions.push(word.to_owned());
        }
    }
    if !names_commits {
        revisions.push("HEAD".to_owned());
    }
    // `--not` and `--all` count in order.
    if options.iter().any(|option| option == "--not") && !revisions.is_empty() {
        return Err("--log-opts has `--not` beside revisions. Write `^REVISION` instead".to_owned());
    }
    options.push("--end-of-options".to_owned());
    options.extend(revisions);
    options.push("--".to_owned());
    Ok(options)
}

fn unquoted(word: &str) -> &str {
    let inner = |quote: char| word.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

/// The ids of the commits that `git rev-list` lists.
///
/// # Errors
/// What git said.
pub fn commits(repository: &Path, arguments: &[String]) -> Result<BTreeSet<String>, String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(repository).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    git.args(["-c", "core.fsmonitor=false", "rev-list"]).args(arguments).stdin(Stdio::null());
    let output = git.output().map_err(|error| format!("git could not be run: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        let said = text(&output.stderr);
        let line = said.lines().next().unwrap_or("it said nothing").trim_start_matches("fatal: ");
        return Err(format!("git does not list the commits of --log-opts: {line}"));
    }
    Ok(text(&output.stdout).lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chooses_commits_is_passed_on_and_all_else_is_refused() {
        let table = [
            ("main..topic", Some("--end-of-options main..topic --")),
            ("--all", Some("--all --end-of-options --")),
            ("--since=2024-01-01", Some("--since=2024-01-01 --end-of-options HEAD --")),
            ("--since 2024-01-01  a^..b", Some("--since=2024-01-01 --end-of-options a^..b --")),
            ("'--all'", Some("--all --end-of-options --")),
            ("-n 3", Some("--max-count=3 --end-of-options HEAD --")),
            ("-3 --no-merges x", Some("-3 --no-merges --end-of-options x --")),
            ("", Some("--end-of-options HEAD --")),
            ("--output=x", None),
            ("-p", None),
            ("-G secret", None),
            ("-- path", None),
            ("--since", None),
            ("--all --not x", None),
        ];
        for (text, wanted) in table {
            assert_eq!(arguments(text).ok().map(|words| words.join(" ")).as_deref(), wanted, "{text}");
        }
    }
}
