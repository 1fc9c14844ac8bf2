//! The commit that a revision names, as `git rev-parse` reads it: an id or the start of one, a ref, `HEAD`, what
//! `git describe` prints, and from there `~3`, `^2`, `^{commit}`.
//!
//! Read here and not by libgit2, which refuses partial clones, reftables and SHA-256. What goes through a reflog or
//! through messages (`main@{yesterday}`, `:/text`) is libgit2's, where it opens the repository.

use crate::git::ObjectKind;
use crate::git::ancestry::Ancestry;
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::{IdTable, NONE, ObjectNumber};
use crate::git::ref_pattern::{named, near};
use crate::git::refs::Refs;
use crate::git::repository::Repository;
use crate::git::{Error, Problem};
use crate::model::ObjectId;
use std::collections::BTreeSet;

/// The fewest digits that git takes for the start of an id.
const SHORTEST: usize = 4;

/// What it takes to read revisions.
#[derive(Debug)]
pub(crate) struct Revisions<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) refs: &'a Refs,
    pub(crate) objects: &'a ObjectDatabase,
    pub(crate) ancestry: &'a Ancestry,
    /// The name of the ref that is `HEAD` here.
    pub(crate) head: &'a str,
}

/// The commit that a revision names, and the tags on the way to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) commit: ObjectNumber,
    pub(crate) tags: Vec<ObjectNumber>,
}

impl Revisions<'_> {
    /// Resolves `text`.
    pub(crate) fn resolve(&self, text: &str) -> Result<Resolved, Error> {
        let fail = |problem| Error::Revision { revision: text.to_owned(), problem };
        if text.contains("..") {
            return Err(fail(Problem::Range));
        }
        let steps_from = text.find(['~', '^']).unwrap_or(text.len());
        let (base, steps) = text.split_at(steps_from);
        let found = if text.contains("@{") || text.contains(':') {
            self.ask_libgit2(text).map(|index| (index, ""))
        } else {
            self.base(base).map(|index| (index, steps))
        };
        let (index, steps) = found.map_err(|problem| match problem {
            Problem::Unknown { .. } if is_date(text) => fail(Problem::Date),
            Problem::Unknown { .. } if !self.repository.shallow.is_empty() => fail(Problem::Shallow),
            problem => fail(problem),
        })?;
        let (mut at, tags) = self.ancestry.peel(index);
        if !self.ancestry.is_commit(at) {
            return Err(fail(self.no_commit(at)));
        }
        let mut rest = steps;
        while !rest.is_empty() {
            (at, rest) = self.step(at, rest).map_err(fail)?;
            if !self.ancestry.is_commit(at) {
                return Err(fail(if at == NONE { self.beyond() } else { self.no_commit(at) }));
            }
        }
        let tags = if at == self.ancestry.peel(index).0 { tags } else { Vec::new() };
        Ok(Resolved { commit: at, tags })
    }

    /// What stands before the first `~` or `^`.
    fn base(&self, text: &str) -> Result<ObjectNumber, Problem> {
        let find = |id: ObjectId| self.table().find(id.as_bytes());
        if text.len() == self.table().width() * 2
            && let Some(index) = ObjectId::from_hex(&text.to_ascii_lowercase()).and_then(find)
        {
            return Ok(index);
        }
        let names: BTreeSet<&str> = self.refs.keys().map(String::as_str).collect();
        if let Some(id) = named(text, &names, self.head).first().and_then(|name| self.refs.get(*name)) {
            return find(*id).ok_or(Problem::Missing);
        }
        // `v1.0-3-gdeadbee` is what `git describe` prints.
        let start = text.rsplit_once("-g").map_or(text, |(_, start)| start);
        let is_start = (SHORTEST..=self.table().width() * 2).contains(&start.len())
            && start.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_start {
            return Err(self.unknown(text));
        }
        let all = self.table().starting_with(&start.to_ascii_lowercase());
        let commits: Vec<ObjectNumber> =
            all.clone().filter(|&index| self.ancestry.is_commit(self.ancestry.peel(index).0)).collect();
        match commits.as_slice() {
            [only] => Ok(*only),
            [] if !all.is_empty() => Err(Problem::NotACommit),
            [] => Err(self.unknown(text)),
            // The tags of a commit are as good as itself.
            [first, others @ ..] => {
                let target = |index: ObjectNumber| self.ancestry.peel(index).0;
                let same = others.iter().all(|&other| target(other) == target(*first));
                if same { Ok(*first) } else { Err(Problem::Ambiguous(commits.len())) }
            }
        }
    }

    /// One step from the commit `at`, and the steps that are left; [`NONE`] where the store lacks the parent.
    fn step<'t>(&self, at: ObjectNumber, steps: &'t str) -> Result<(ObjectNumber, &'t str), Problem> {
        for itself in ["^{commit}", "^{}"] {
            if let Some(rest) = steps.strip_prefix(itself) {
                return Ok((at, rest));
            }
        }
        if steps.starts_with("^{") {
            return Err(Problem::NotACommit);
        }
        let (kind, rest) = steps.split_at(1);
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let (number, rest) = rest.split_at(digits);
        if !rest.is_empty() && !rest.starts_with(['~', '^']) {
            return Err(Problem::Unknown { near: Vec::new() });
        }
        let number: usize = if number.is_empty() { 1 } else { number.parse().unwrap_or(usize::MAX) };
        let parent = |at, number: usize| self.ancestry.parents(at).get(number).copied();
        let next = match (kind, number) {
            (_, 0) => Some(at),
            // A damaged store may hold a cycle.
            ("~", _) if number > self.table().len() => None,
            ("~", _) => (0..number).try_fold(at, |at, _| parent(at, 0)),
            _ => parent(at, number - 1),
        };
        next.map(|next| (next, rest)).ok_or_else(|| self.beyond())
    }

    /// What is wrong where a parent is asked for that is not there.
    fn beyond(&self) -> Problem {
        if self.repository.shallow.is_empty() { Problem::NoParent } else { Problem::Shallow }
    }

    /// What is wrong with an object that is no commit.
    fn no_commit(&self, at: ObjectNumber) -> Problem {
        if at == NONE {
            return Problem::Missing;
        }
        match self.objects.read(self.table().id(at)) {
            Some((ObjectKind::Tree | ObjectKind::Blob, _)) => Problem::NotACommit,
            Some((ObjectKind::Commit | ObjectKind::Tag, _)) | None => Problem::Corrupt,
        }
    }

    fn table(&self) -> &IdTable {
        &self.objects.table
    }

    fn ask_libgit2(&self, text: &str) -> Result<ObjectNumber, Problem> {
        let unknown = |_| self.unknown(text);
        let repository = git2::Repository::open(&self.repository.git_dir).map_err(unknown)?;
        let object = repository.revparse_single(text).map_err(unknown)?;
        self.table().find(object.id().as_bytes()).ok_or(Problem::Missing)
    }

    fn unknown(&self, text: &str) -> Problem {
        let base = &text[..text.find(['~', '^', '@', ':']).unwrap_or(text.len())];
        Problem::Unknown { near: near(base, &self.refs.keys().map(String::as_str).collect()) }
    }
}

/// True for what `git log --since` would take: `2024-01-31`, `2 weeks ago`, `yesterday`.
fn is_date(text: &str) -> bool {
    let words: Vec<String> =
        text.split(|letter: char| !letter.is_ascii_alphabetic()).map(str::to_lowercase).collect();
    let units =
        ["second", "minute", "hour", "day", "week", "month", "year", "midnight", "noon", "yesterday", "ago"];
    let is_unit = |word: &String| units.iter().any(|unit| word.trim_end_matches('s') == *unit);
    let numbers: Vec<&str> = text.split(|letter: char| !letter.is_ascii_digit()).collect();
    let has_year = numbers.iter().any(|number| number.len() == 4 && matches!(&number[..2], "19" | "20"));
    let is_day = has_year
        && numbers.len() >= 3
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"-/.: TZ+".contains(&byte));
    is_day || words.iter().any(is_unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_names() {
        for date in [
            "2024-01-31",
            "2024/1/31",
            "31.1.2024",
            "2024-01-31 10:00",
            "2 weeks ago",
            "2.weeks.ago",
            "yesterday",
            "1.day",
        ] {
            assert!(is_date(date), "{date}");
        }
        for name in ["main", "v1.2.x", "release-2024", "deadbeef", "HEAD~3", "holiday", "1234567", "10.2.1"] {
            assert!(!is_date(name), "{name}");
        }
    }
}
