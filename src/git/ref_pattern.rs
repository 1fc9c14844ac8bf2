//! Which refs an argument selects: names as git resolves them, and patterns.
//!
//! A name is found as git finds it: `main` is `refs/heads/main`, `v1.0` a tag, `origin/main` a remote branch, `HEAD`
//! the commit checked out. A folder of refs (`refs/heads`, `tags`, `origin`) selects all that is in it. In a pattern
//! `*` matches any text, `/` too, as in `git log --branches=PATTERN`, `?` one character, `[abc]` one of some. It must
//! match the whole name, with or without `refs/heads/` and the like. If git would choose one of several, all are
//! selected: more is read, never less.

use crate::git::Error;
use std::collections::BTreeSet;

/// What may be left out before a ref's name.
const PREFIXES: [&str; 5] = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
/// How many names an error suggests.
const MOST_NEAR: usize = 4;

/// The refs among `names` that one of `patterns` selects; `head` is the name of the checked-out commit's.
pub(crate) fn select<'n>(
    patterns: &[String],
    names: &BTreeSet<&'n str>,
    head: &str,
) -> Result<BTreeSet<&'n str>, Error> {
    let mut selected = BTreeSet::new();
    for pattern in patterns {
        let meant = meant(pattern, names, head);
        if meant.is_empty() {
            return Err(Error::NoSuchRef { pattern: pattern.clone(), near: near(pattern, names) });
        }
        selected.extend(meant);
    }
    Ok(selected)
}

/// The refs among `names` that `text`, which is no pattern, names exactly, in git's order of preference.
pub(crate) fn named<'n>(text: &str, names: &BTreeSet<&'n str>, head: &str) -> Vec<&'n str> {
    let text = if text == "HEAD" || text == "@" { head } else { text };
    let full = PREFIXES.iter().map(|prefix| format!("{prefix}{text}"));
    full.chain([format!("refs/remotes/{text}/HEAD")])
        .filter_map(|name| names.get(name.as_str()).copied())
        .collect()
}

fn meant<'n>(pattern: &str, names: &BTreeSet<&'n str>, head: &str) -> Vec<&'n str> {
    if pattern.contains(['*', '?', '[']) {
        let fits = |name: &&&str| {
            PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix)).any(|rest| is_match(pattern, rest))
        };
        return names.iter().filter(fits).copied().collect();
    }
    let exact = named(pattern, names, head);
    let folder = pattern.trim_end_matches('/');
    if !exact.is_empty() || folder.is_empty() {
        return exact;
    }
    let is_inside = |name: &&&str| {
        let inside = |prefix: &str| {
            let rest = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(folder));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        PREFIXES.iter().any(|prefix| inside(prefix))
    };
    names.iter().filter(is_inside).copied().collect()
}

/// True if `pattern` matches all of `text`. Takes at most the product of the lengths: only the last `*` is tried
/// again.
fn is_match(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut done) = (0, 0);
    // After the last `*`: where the pattern continues, and how much of the text the `*` matched.
    let mut back: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&'*') {
            at += 1;
            back = Some((at, done));
            continue;
        }
        match text.get(done) {
            None if at == pattern.len() => return true,
            None => return false,
            Some(&letter) => {
                if let Some(next) = one(&pattern, at, letter) {
                    (at, done) = (next, done + 1);
                } else if let Some((after, taken)) = back {
                    back = Some((after, taken + 1));
                    (at, done) = (after, taken + 1);
                } else {
                    return false;
                }
            }
        }
    }
}

/// Where the pattern continues after `letter`, if it matches at `at`.
fn one(pattern: &[char], at: usize, letter: char) -> Option<usize> {
    match *pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => {
            let inverted = matches!(pattern.get(at + 1), Some('!' | '^'));
            let first = at + 1 + usize::from(inverted);
            // A bracket right at the start is one of the letters.
            let end = first + 1 + pattern.get(first + 1..)?.iter().position(|&letter| letter == ']')?;
            let set = &pattern[first..end];
            let mut held = false;
            let mut from = 0;
            while from < set.len() {
                let is_range = set.get(from + 1) == Some(&'-') && from + 2 < set.len();
                let until = if is_range { from + 2 } else { from };
                held |= (set[from]..=set[until]).contains(&letter);
                from = until + 1;
            }
            (held != inverted).then_some(end + 1)
        }
        '\\' => (*pattern.get(at + 1)? == letter).then_some(at + 2),
        other => (other == letter).then_some(at + 1),
    }
}

/// Names that look like `text`, the nearest first.
pub(crate) fn near(text: &str, names: &BTreeSet<&str>) -> Vec<String> {
    let core = text.trim_matches(|letter: char| matches!(letter, '*' | '?' | '/' | '[' | ']'));
    let core: String = core.to_lowercase().chars().take(100).collect();
    let mut ranked: Vec<(usize, &str)> = Vec::new();
    for name in names {
        let short = PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix));
        let short: Vec<String> = short.map(str::to_lowercase).collect();
        let last = core.rsplit('/').next().filter(|last| last.len() > 2);
        let holds = last.is_some_and(|last| short.iter().any(|short| short.contains(last)));
        let most = core.len().div_ceil(3);
        let alike = short.iter().filter(|short| short.len().abs_diff(core.len()) <= most);
        let away = alike.map(|short| distance(&core, short)).min().unwrap_or(usize::MAX);
        if holds || away <= most {
            ranked.push((away, name));
        }
    }
    ranked.sort_unstable();
    ranked.into_iter().take(MOST_NEAR).map(|(_, name)| name.to_owned()).collect()
}

/// The edit distance: how many letters to add, remove or change.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(200).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (at, same) in other.iter().map(|&with| with == letter).enumerate() {
            let changed = diagonal + usize::from(!same);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 10] = [
        "HEAD",
        "refs/heads/feature/x",
        "refs/heads/main",
        "refs/heads/v1",
        "refs/notes/commits",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
        "refs/stash",
        "refs/tags/v1",
        "refs/tags/v1.1",
    ];

    #[test]
    fn names_and_patterns_mean_what_git_takes_them_for() {
        let names: BTreeSet<&str> = NAMES.into();
        for (pattern, meant) in [
            ("HEAD", &["HEAD"][..]),
            ("@", &["HEAD"]),
            ("main", &["refs/heads/main"]),
            ("heads/main", &["refs/heads/main"]),
            ("refs/heads/main", &["refs/heads/main"]),
            ("origin/main", &["refs/remotes/origin/main"]),
            ("origin", &["refs/remotes/origin/HEAD"]),
            ("v1", &["refs/heads/v1", "refs/tags/v1"]),
            ("stash", &["refs/stash"]),
            ("tags", &["refs/tags/v1", "refs/tags/v1.1"]),
            ("refs/tags/", &["refs/tags/v1", "refs/tags/v1.1"]),
            ("feature", &["refs/heads/feature/x"]),
            ("refs/heads/*", &["refs/heads/feature/x", "refs/heads/main", "refs/heads/v1"]),
            ("origin/*", &["refs/remotes/origin/HEAD", "refs/remotes/origin/main"]),
            ("v1*", &["refs/heads/v1", "refs/tags/v1", "refs/tags/v1.1"]),
            ("v[0-9].?", &["refs/tags/v1.1"]),
            ("[!a-z]*AD", &["HEAD"]),
            ("refs/*/v1", &["refs/heads/v1", "refs/tags/v1"]),
            ("*", &NAMES),
        ] {
            let selected = select(&[pattern.to_owned()], &names, "HEAD").expect(pattern);
            assert_eq!(selected.into_iter().collect::<Vec<_>>(), meant, "{pattern}");
        }
    }

    #[test]
    fn what_means_no_ref_is_an_error_with_the_names_that_are_near() {
        let names: BTreeSet<&str> = NAMES.into();
        for (pattern, first) in [
            ("mian", Some("refs/heads/main")),
            ("v1.2", Some("refs/tags/v1.1")),
            ("zzzzzz", None),
            ("", None),
        ] {
            let error = select(&[pattern.to_owned()], &names, "HEAD").expect_err(pattern);
            let Error::NoSuchRef { near, .. } = error else { panic!("{error}") };
            assert_eq!(near.first().map(String::as_str), first, "{pattern}: {near:?}");
        }
        for odd in ["[", "[]", "[a", "\\", "***********************b", "[z-a]"] {
            assert!(select(&[odd.to_owned()], &names, "HEAD").is_err(), "{odd}");
        }
    }
}
