//! The commit that a revision names, as `git rev-parse` reads it: an id or the start of one, a ref, `HEAD`, what
//! `git describe` prints, a reflog entry (`main@{1}`, `@{-1}`), and from there `~3`, `^2`, `^{commit}`.
//!
//! Objects are read by id and nothing is listed, so this is fast in the largest store. Revisions that need the
//! configuration, a date or messages (`@{upstream}`, `main@{yesterday}`, `:/text`) are resolved by the `git` program:
//! it prints one id, and neither fetches nor runs anything for that.

use super::commits::Commits;
use super::object::{ObjectKind, TagText};
use super::odb::loose::Read;
use super::odb::reader::ObjectReader;
use super::path::native;
use super::ref_pattern::near;
use super::ref_store::RefStore;
use super::refs::Sources;
use super::repository::{Repository, read};
use crate::git::{Error, RevisionProblem};
use crate::model::ObjectId;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The fewest digits that git takes for the start of an id.
const SHORTEST: usize = 4;
/// How many objects with the same start of an id are considered.
const MOST_ALIKE: usize = 1000;
/// The largest reflog that is read, bytes.
const LARGEST_LOG: u64 = 256 << 20;
/// How far back `~` goes.
const FARTHEST: usize = 10_000_000;
/// How long the `git` program may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many tags of tags are followed.
const MOST_TAGS: usize = 100;

/// Resolves revisions.
#[derive(Debug)]
pub(crate) struct Revisions<'a> {
    repository: &'a Repository,
    objects: &'a ObjectReader,
    refs: RefStore<'a>,
    commits: &'a Commits<'a>,
}

/// The commit that a revision names, and the tags on the way to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) commit: ObjectId,
    pub(crate) tags: Vec<ObjectId>,
}

impl<'a> Revisions<'a> {
    /// The revisions of `repository`, whose objects are `objects`.
    pub(crate) fn new(
        repository: &'a Repository,
        objects: &'a ObjectReader,
        commits: &'a Commits<'a>,
    ) -> Self {
        Self { repository, objects, refs: repository.refs(), commits }
    }

    /// Resolves `text`.
    ///
    /// # Errors
    /// [`Error::Revision`] if it names no commit, and the errors of refs on the way.
    pub(crate) fn resolve(&self, text: &str) -> Result<Resolved, Error> {
        let fail = |problem| Error::Revision { revision: text.to_owned(), problem };
        if text.contains("..") {
            return Err(fail(RevisionProblem::Range));
        }
        let (base, steps) = text.split_at(text.find(['~', '^']).unwrap_or(text.len()));
        let found = if is_gits(text) {
            self.ask_git(text).map(|id| (id, ""))
        } else {
            self.base(base)?.map(|id| (id, steps))
        };
        let (id, mut rest) = found.map_err(|problem| match problem {
            RevisionProblem::Unknown { .. } if is_date(text) => fail(RevisionProblem::Date),
            RevisionProblem::Unknown { .. } if self.is_shallow() => fail(RevisionProblem::Shallow),
            problem => fail(problem),
        })?;
        let (first, tags) = self.peel(id).map_err(fail)?;
        let mut at = first;
        while !rest.is_empty() {
            (at, rest) = self.step(at, rest).map_err(fail)?;
        }
        // A commit may name it as a parent although it is missing.
        self.kind(at).map_err(fail)?;
        let tags = if at == first { tags } else { Vec::new() };
        Ok(Resolved { commit: at, tags })
    }

    /// The object named by the part before the first `~` or `^`.
    fn base(&self, text: &str) -> Result<Result<ObjectId, RevisionProblem>, Error> {
        let width = self.objects.width();
        let is_start = |text: &str| {
            (SHORTEST..=width * 2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if text.len() == width * 2
            && let Some(id) = ObjectId::from_hex(&text.to_ascii_lowercase())
        {
            return Ok(match self.objects.read(id) {
                Read::Missing => Err(self.unknown(text)),
                _ => Ok(id),
            });
        }
        if let Some((name, entry)) = text.strip_suffix('}').and_then(|text| text.split_once("@{")) {
            return Ok(self.logged(name, entry)?.ok_or_else(|| self.unknown(text)));
        }
        let named = self.refs.all_named(text)?;
        if let [(name, id), others @ ..] = named.as_slice() {
            // Git takes the first and warns. Who may push a tag must not choose what a branch is compared with.
            let other = others.iter().find(|(_, other)| self.is_another(*id, *other));
            let other = other.map(|(other, _)| other.clone()).or_else(|| {
                let mut ids = if is_start(text) { self.objects.starting_with(text) } else { Vec::new() };
                ids.retain(|&other| self.is_another(*id, other));
                ids.first().map(ToString::to_string)
            });
            return Ok(match other {
                Some(other) => Err(RevisionProblem::SeveralNames { first: name.clone(), other }),
                None => Ok(*id),
            });
        }
        // `v1.0-3-gdeadbee` is what `git describe` prints.
        let start = text.rsplit_once("-g").map_or(text, |(_, start)| start);
        if !is_start(start) {
            return Ok(Err(self.unknown(text)));
        }
        let all = self.objects.starting_with(&start.to_ascii_lowercase());
        if all.len() > MOST_ALIKE {
            return Ok(Err(RevisionProblem::Ambiguous(all.len())));
        }
        let commits: Vec<(ObjectId, ObjectId)> =
            all.iter().filter_map(|&id| Some((id, self.peel(id).ok()?.0))).collect();
        Ok(match commits.as_slice() {
            [] if all.is_empty() => Err(self.unknown(text)),
            [] => Err(RevisionProblem::NotACommit),
            // Tags of a commit are equivalent to the commit.
            [(first, target), others @ ..] if others.iter().all(|(_, other)| other == target) => Ok(*first),
            _ => Err(RevisionProblem::Ambiguous(commits.len())),
        })
    }

    /// A reflog entry: `name@{2}` is where the ref was two changes ago, `@{-1}` the branch before this one.
    fn logged(&self, name: &str, entry: &str) -> Result<Option<ObjectId>, Error> {
        if let Some(back) = entry.strip_prefix('-') {
            let back: usize = back.parse().unwrap_or(0);
            let log = self.log("HEAD")?.unwrap_or_default();
            let moved = log.split(|&byte| byte == b'\n').rev().filter_map(|line| {
                let text = std::str::from_utf8(line).ok()?.split_once("\tcheckout: moving from ")?.1;
                text.split_once(" to ").map(|(from, _)| from.to_owned())
            });
            let from = moved.take(back).nth(back.saturating_sub(1)).filter(|_| name.is_empty());
            return match from {
                Some(from) => match self.refs.all_named(&format!("refs/heads/{from}"))?.first() {
                    Some((_, id)) => Ok(Some(*id)),
                    None => Ok(ObjectId::from_hex(&from)),
                },
                None => Ok(None),
            };
        }
        let Ok(back) = entry.parse::<usize>() else { return Ok(None) };
        let full = match name {
            "" => self.refs.head_branch().unwrap_or_else(|| "HEAD".to_owned()),
            name => match self.refs.all_named(name)?.into_iter().next() {
                Some((full, _)) => full,
                None => return Ok(None),
            },
        };
        if back == 0 {
            return Ok(self.refs.all_named(&full)?.first().map(|(_, id)| *id));
        }
        let Some(log) = self.log(&full)? else { return Ok(None) };
        let lines: Vec<&[u8]> = log.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).collect();
        let id = |hex: Option<&[u8]>| ObjectId::from_hex(std::str::from_utf8(hex?).ok()?);
        // Each line is `old new who when<TAB>why`; the oldest value is the old one of the first line.
        Ok(match lines.len().checked_sub(back) {
            Some(0) => lines.first().and_then(|line| id(line.split(|&byte| byte == b' ').next())),
            Some(after) => id(lines[after - 1].split(|&byte| byte == b' ').nth(1)),
            None => None,
        }
        .filter(|id| id.as_bytes().iter().any(|&byte| byte != 0)))
    }

    /// The reflog of a ref, by its full name; `None` if there is none, or if it is in a reftable.
    fn log(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Repository { git_dir, common_dir, reftable, .. } = self.repository;
        let dir = if name == "HEAD" { git_dir } else { common_dir };
        if *reftable { Ok(None) } else { read(&dir.join("logs").join(native(name.as_bytes())), LARGEST_LOG) }
    }

    /// True if two refs name different commits.
    fn is_another(&self, one: ObjectId, other: ObjectId) -> bool {
        let peeled = |id| self.peel(id).map_or(id, |(commit, _)| commit);
        peeled(one) != peeled(other)
    }

    /// The object that a tag peels to, and the tags on the way.
    fn peel(&self, id: ObjectId) -> Result<(ObjectId, Vec<ObjectId>), RevisionProblem> {
        let (mut at, mut tags) = (id, Vec::new());
        loop {
            match self.objects.read(at) {
                Read::Whole(ObjectKind::Commit, _) => return Ok((at, tags)),
                Read::Whole(ObjectKind::Tag, bytes) if tags.len() < MOST_TAGS => {
                    tags.push(at);
                    let tag = TagText::parse(&bytes, self.objects.width()).ok_or(RevisionProblem::Corrupt)?;
                    at = tag.target;
                }
                Read::Whole(ObjectKind::Tree | ObjectKind::Blob, _) => {
                    return Err(RevisionProblem::NotACommit);
                }
                Read::Missing => return Err(RevisionProblem::Missing),
                Read::Whole(ObjectKind::Tag, _) | Read::TooLarge | Read::Unreadable => {
                    return Err(RevisionProblem::Corrupt);
                }
            }
        }
    }

    /// What is wrong with an object that should be a commit.
    fn kind(&self, id: ObjectId) -> Result<(), RevisionProblem> {
        match self.commits.get(id) {
            Ok(_) => Ok(()),
            Err(_) => match self.objects.read(id) {
                Read::Missing if self.is_shallow() => Err(RevisionProblem::Shallow),
                Read::Missing => Err(RevisionProblem::NoParent),
                Read::Whole(ObjectKind::Tree | ObjectKind::Blob, _) => Err(RevisionProblem::NotACommit),
                _ => Err(RevisionProblem::Corrupt),
            },
        }
    }

    /// One step from the commit `at`, and the steps that are left.
    fn step<'t>(&self, at: ObjectId, steps: &'t str) -> Result<(ObjectId, &'t str), RevisionProblem> {
        for itself in ["^{commit}", "^{}"] {
            if let Some(rest) = steps.strip_prefix(itself) {
                return Ok((at, rest));
            }
        }
        if steps.starts_with("^{") {
            return Err(RevisionProblem::NotACommit);
        }
        // Behind `^{}` may be anything.
        let step = steps.split_at_checked(1).filter(|(kind, _)| matches!(*kind, "~" | "^"));
        let Some((kind, rest)) = step else {
            return Err(RevisionProblem::Unknown { near: Vec::new() });
        };
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let (number, rest) = rest.split_at(digits);
        if !rest.is_empty() && !rest.starts_with(['~', '^']) {
            return Err(RevisionProblem::Unknown { near: Vec::new() });
        }
        let number: usize = if number.is_empty() { 1 } else { number.parse().unwrap_or(usize::MAX) };
        let parent = |at: ObjectId, number: usize| -> Result<ObjectId, RevisionProblem> {
            self.kind(at)?;
            let commit = self.commits.get(at).map_err(|_| RevisionProblem::Corrupt)?;
            commit.parents.get(number).copied().ok_or_else(|| self.beyond())
        };
        let next = match (kind, number) {
            (_, 0) => at,
            ("~", _) if number > FARTHEST => return Err(self.beyond()),
            ("~", _) => (0..number).try_fold(at, |at, _| parent(at, 0))?,
            _ => parent(at, number - 1)?,
        };
        Ok((next, rest))
    }

    /// The problem if a missing parent is requested.
    fn beyond(&self) -> RevisionProblem {
        if self.is_shallow() { RevisionProblem::Shallow } else { RevisionProblem::NoParent }
    }

    fn is_shallow(&self) -> bool {
        !self.repository.shallow.is_empty()
    }

    fn ask_git(&self, text: &str) -> Result<ObjectId, RevisionProblem> {
        let told = said_by_git(self.repository, text).map_err(RevisionProblem::Git)?;
        ObjectId::from_hex(told.trim()).ok_or_else(|| self.unknown(text))
    }

    fn unknown(&self, text: &str) -> RevisionProblem {
        let base = &text[..text.find(['~', '^', '@', ':']).unwrap_or(text.len())];
        let refs = Sources::read(self.repository).map(|sources| sources.list().refs).unwrap_or_default();
        RevisionProblem::Unknown { near: near(base, &BTreeSet::from_iter(refs.keys().map(String::as_str))) }
    }
}

/// True for what only git can resolve.
pub(super) fn is_gits(text: &str) -> bool {
    let is_number = |entry: &str| entry.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
    let mut entries = text.split("@{").skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
    text.contains(':') || text.contains("^{/") || entries.any(|entry| entry.is_empty() || !is_number(entry))
}

/// What `git rev-parse` prints for `text`: an id, or nothing if it knows none; or why it could not be run. It makes
/// no connection, whatever the repository's configuration says.
fn said_by_git(repository: &Repository, text: &str) -> Result<String, String> {
    let mut git = Command::new("git");
    git.args(["-c", "core.fsmonitor=false", "rev-parse", "--verify", "--quiet", "--end-of-options", text])
        .env("GIT_DIR", &repository.git_dir)
        .env("GIT_COMMON_DIR", &repository.common_dir)
        .env("GIT_INDEX_FILE", &repository.index_file)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = git.spawn().map_err(|error| format!("git did not start: {error}"))?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) => break,
            Ok(None) if start.elapsed() > PATIENCE => {
                let _it_may_have_ended = child.kill();
                let _nobody_asks = child.wait();
                return Err("git did not answer".to_owned());
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(error.to_string()),
        }
    }
    // An id and a newline fit into any pipe, so the program has ended.
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
    use crate::git::testing::{Repo, git_command, git_in};
    use crate::git::{Access, RevisionProblem};
    use std::path::Path;

    fn resolved(dir: &Path, text: &str) -> Result<String, Error> {
        let repository = Repository::open(dir, Access::default()).expect("it opens");
        let objects = ObjectReader::new(&repository);
        let commits = Commits::new(&repository, &objects);
        Revisions::new(&repository, &objects, &commits).resolve(text).map(|found| found.commit.to_string())
    }

    /// A repository with branches, tags, a merge and a reflog.
    fn sample() -> Repo {
        let repo = Repo::new();
        for text in ["one", "two", "three"] {
            repo.write("a", text.as_bytes());
            repo.commit_all(text);
        }
        repo.git(&["tag", "-a", "-m", "x", "v1.0", "HEAD~1"]);
        repo.git(&["tag", "-a", "-m", "x", "v1.1", "v1.0"]);
        repo.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
        repo.write("b", b"four");
        repo.commit_all("four");
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
        repo.git(&["branch", "-q", "--set-upstream-to=main", "side"]);
        repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
        repo
    }

    #[test]
    fn revisions_name_what_git_rev_parse_says() {
        let repo = sample();
        let head = String::from_utf8(repo.git(&["rev-parse", "HEAD"])).expect("an id is ASCII");
        let head = head.trim();
        let described = String::from_utf8(repo.git(&["describe", "--long", "main"])).expect("it is ASCII");
        let upper = head[..12].to_uppercase();
        for packed in [false, true] {
            if packed {
                repo.git(&["gc", "-q"]);
            }
            for text in [
                "HEAD",
                "@",
                "main",
                "side",
                "v1.0",
                "v1.1",
                "v1.0^{}",
                "v1.1^{commit}",
                "HEAD~1",
                "HEAD~",
                "HEAD^",
                "HEAD^2",
                "HEAD^^",
                "HEAD~1^0~1",
                "main^2~1",
                "side~0",
                "origin",
                "origin/main",
                "heads/main",
                "refs/tags/v1.0^{commit}~1",
                "HEAD@{0}",
                "HEAD@{1}",
                "@{1}",
                "main@{1}",
                "main@{0}~1",
                "side@{1}",
                "@{-1}",
                "@{-2}~1",
                "side@{upstream}",
                "side@{u}~1",
                ":/two",
                "HEAD^{/three}",
                "main@{100}",
                "none",
                "HEAD~100",
                "HEAD^3",
                "v1.0^{tree}",
                "HEAD:a",
                "",
                head,
                &head[..7],
                &upper,
                &head[..4],
                described.trim(),
                "-q",
                "--all",
                "refs/heads",
                "main~x",
                "main^{}x",
                "main^{}\u{e9}",
                "HEAD@{x}",
                "@{-9}",
            ] {
                let commit = format!("{text}^{{commit}}");
                let asked = if text.starts_with(":/") { text } else { &commit };
                let output = git_command(&repo.path(""))
                    .args(["rev-parse", "--verify", "-q", "--end-of-options", asked])
                    .output()
                    .expect("git can be started");
                let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                let expected = (output.status.success() && !text.is_empty()).then_some(id);
                assert_eq!(resolved(&repo.path(""), text).ok(), expected, "{text} (packed: {packed})");
            }
        }
        let linked = repo.beside("linked");
        repo.git(&["worktree", "add", "-q", "--detach", linked.to_str().expect("the path is UTF-8"), "side"]);
        let side = String::from_utf8(git_in(&linked, &["rev-parse", "HEAD"])).expect("an id is ASCII");
        assert_eq!(resolved(&linked, "HEAD").ok().as_deref(), Some(side.trim()));
        assert_eq!(resolved(&repo.path(""), "worktrees/linked/HEAD").ok().as_deref(), Some(side.trim()));
    }

    #[test]
    fn what_names_no_commit_says_why() {
        let repo = sample();
        let problem = |text: &str| match resolved(&repo.path(""), text) {
            Err(Error::Revision { problem, .. }) => problem,
            other => panic!("{text}: {other:?}"),
        };
        assert!(matches!(problem("mian"), RevisionProblem::Unknown { near } if near[0] == "refs/heads/main"));
        assert_eq!(problem("main..side"), RevisionProblem::Range);
        assert_eq!(problem("2024-01-31"), RevisionProblem::Date);
        assert_eq!(problem("HEAD~9"), RevisionProblem::NoParent);
        assert_eq!(problem("HEAD^{tree}"), RevisionProblem::NotACommit);
        assert_eq!(problem("HEAD:a"), RevisionProblem::NotACommit);
        repo.write(".git/shallow", repo.git(&["rev-parse", "HEAD"]).as_slice());
        assert_eq!(problem("HEAD~1"), RevisionProblem::Shallow);
        assert_eq!(problem("none"), RevisionProblem::Shallow);
        repo.write(".git/shallow", b"");
        let several = |text: &str| match problem(text) {
            RevisionProblem::SeveralNames { first, other } => (first, other),
            other => panic!("{text}: {other:?}"),
        };
        let head = String::from_utf8(repo.git(&["rev-parse", "HEAD"])).expect("an id is ASCII");
        for name in ["side", "origin/main", &head[..7]] {
            repo.git(&["tag", name, "v1.0^"]);
            assert_eq!(several(name).0, format!("refs/tags/{name}"));
        }
        assert_eq!(several(&head[..7]).1, head.trim());
        repo.git(&["tag", "main", "main"]);
        assert_eq!(resolved(&repo.path(""), "main").ok().as_deref(), Some(head.trim()), "one commit");
        // Git would take them for `refs/heads/gone` and `refs/remotes/origin/gone`.
        for name in ["refs/heads/gone", "refs/remotes/origin/gone"] {
            repo.git(&["update-ref", &format!("refs/tags/{name}"), "HEAD"]);
            assert!(matches!(problem(name), RevisionProblem::Unknown { .. }), "{name}");
        }
        repo.git(&["update-ref", "--no-deref", "refs/heads/side", "HEAD"]);
        repo.write(".git/refs/heads/lost", b"0123456789012345678901234567890123456789\n");
        assert_eq!(problem("lost"), RevisionProblem::Missing);
        repo.write(".git/refs/heads/side", b"not an id\n");
        assert!(matches!(resolved(&repo.path(""), "side"), Err(Error::Reference { .. })));
    }

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
