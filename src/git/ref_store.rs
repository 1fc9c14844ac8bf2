//! Single refs by name, without listing them all: what `HEAD` points to, what a name on the command line
//! means.

use super::limits::LARGEST;
use super::path::native;
use super::ref_target::{Target, parse};
use super::refs::{SYMBOLIC_DEPTH, halves, read_ref};
use super::reftable::Stack;
use super::repository::{Repository, read};
use crate::git::Error;
use crate::model::{ObjectId, display_path};
use std::cell::OnceCell;
use std::path::Path;

/// What git puts before a name, in the order in which it tries.
const PREFIXES: [&str; 5] = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];

/// The refs of a repository.
#[derive(Debug)]
pub(crate) struct RefStore<'a> {
    repository: &'a Repository,
    /// The bytes of `packed-refs`, once they were read.
    packed: OnceCell<Vec<u8>>,
    /// The worktree's own reftables and the shared ones.
    tables: OnceCell<(Stack, Option<Stack>)>,
}

/// Where a ref points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Led {
    /// To this object.
    To(ObjectId),
    /// To the branch of this name, which has no commit yet.
    Unborn(Vec<u8>),
}

impl Repository {
    /// Its refs.
    pub(crate) fn refs(&self) -> RefStore<'_> {
        RefStore { repository: self, packed: OnceCell::new(), tables: OnceCell::new() }
    }
}

impl RefStore<'_> {
    /// Where `HEAD` points.
    pub(crate) fn head(&self) -> Result<Led, Error> {
        match self.follow(b"HEAD")? {
            Some(led) => Ok(led),
            // Empty tables: no ref and no commit exists yet.
            None if self.repository.reftable => Ok(Led::Unborn(Vec::new())),
            None => Err(broken(b"HEAD", "it does not exist")),
        }
    }

    /// The full name of the branch that is checked out; `None` if no branch is, and if that is not known.
    pub(crate) fn head_branch(&self) -> Option<String> {
        match self.target(b"HEAD").ok()?? {
            Target::Ref(name) => String::from_utf8(name).ok(),
            Target::Id(_) => None,
        }
    }

    /// The refs that git would try for `text`, each by its full name with its object, in git's order: it takes the first.
    ///
    /// A name that begins with `refs/` means that ref alone. Git would also try `refs/tags/refs/heads/main`, so that
    /// who may push a tag could choose what a missing branch means.
    pub(crate) fn all_named(&self, text: &str) -> Result<Vec<(String, ObjectId)>, Error> {
        let text = if text == "@" { "HEAD" } else { text };
        let is_full = text.starts_with("refs/") || is_pseudo(text) && self.target(text.as_bytes())?.is_some();
        let names = match is_full {
            true => vec![text.to_owned()],
            false => {
                let full = PREFIXES.iter().map(|prefix| format!("{prefix}{text}"));
                full.chain([format!("refs/remotes/{text}/HEAD")]).collect()
            }
        };
        let mut found = Vec::new();
        for name in names {
            let is_ref = name.starts_with("refs/") || name.starts_with("worktrees/") || is_pseudo(&name);
            if !is_ref || !is_name(name.as_bytes()) {
                continue;
            }
            if let Some(Led::To(id)) = self.follow(name.as_bytes())? {
                found.push((name, id));
            }
        }
        Ok(found)
    }

    /// Where the ref `name` finally points; `None` if there is none.
    fn follow(&self, name: &[u8]) -> Result<Option<Led>, Error> {
        let Some(mut target) = self.target(name)? else { return Ok(None) };
        for _ in 0..SYMBOLIC_DEPTH {
            let next = match target {
                Target::Id(id) => return Ok(Some(Led::To(id))),
                Target::Ref(next) => next,
            };
            if !next.starts_with(b"refs/") || !is_name(&next) {
                return Err(broken(name, "it leads to what is no ref"));
            }
            match self.target(&next)? {
                Some(found) => target = found,
                None => return Ok(Some(Led::Unborn(next))),
            }
        }
        Err(broken(name, "it leads from ref to ref without end"))
    }

    /// The value of the ref `name` itself.
    fn target(&self, name: &[u8]) -> Result<Option<Target>, Error> {
        let Repository { git_dir, common_dir, reftable, width, .. } = self.repository;
        let is_own = is_of_worktree(name);
        let target = if let Some((worktree, name)) = of_other_worktree(name) {
            let dir = common_dir.join("worktrees").join(native(worktree));
            if *reftable {
                Stack::read(&dir.join("reftable"), *width)?.find(name)?
            } else {
                read_ref(&dir.join(native(name)))?.and_then(|text| parse(&text))
            }
        } else if *reftable {
            let (shared, own) = self.tables()?;
            own.as_ref().filter(|_| is_own).unwrap_or(shared).find(name)?
        } else {
            let dir: &Path = if is_own { git_dir } else { common_dir };
            let path = dir.join(native(name));
            let text = if path.is_dir() && name != b"HEAD" { None } else { read_ref(&path)? };
            match text {
                Some(text) => {
                    Some(parse(&text).ok_or_else(|| broken(name, "its file says neither an id nor a ref"))?)
                }
                None => self.packed(name)?,
            }
        };
        match target {
            Some(Target::Id(id)) if id.as_bytes().len() != *width => {
                Err(broken(name, "its id is too short or too long"))
            }
            target => Ok(target),
        }
    }

    fn tables(&self) -> Result<&(Stack, Option<Stack>), Error> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        let Repository { git_dir, common_dir, width, .. } = self.repository;
        let shared = Stack::read(&common_dir.join("reftable"), *width)?;
        let own = match git_dir == common_dir {
            true => None,
            false => Some(Stack::read(&git_dir.join("reftable"), *width)?),
        };
        Ok(self.tables.get_or_init(|| (shared, own)))
    }

    /// A ref's value in `packed-refs`.
    fn packed(&self, name: &[u8]) -> Result<Option<Target>, Error> {
        let text = match self.packed.get() {
            Some(text) => text,
            None => {
                let path = self.repository.common_dir.join("packed-refs");
                let text = read(&path, LARGEST)?.unwrap_or_default();
                self.packed.get_or_init(|| text)
            }
        };
        let is_line = |at: usize| {
            let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |before| before + 1);
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
            halves(&text[start..end]).filter(|(_, found)| *found == name).map(|(id, _)| id)
        };
        match memchr::memmem::find_iter(text, name).find_map(is_line) {
            Some(id) => match parse(id) {
                Some(target @ Target::Id(_)) => Ok(Some(target)),
                _ => Err(broken(name, "its line of packed-refs has no id")),
            },
            None => Ok(None),
        }
    }
}

fn broken(name: &[u8], problem: &'static str) -> Error {
    Error::Reference { name: display_path(name), problem }
}

/// True if git would accept this as the name of a ref, so that as a path it does not point elsewhere.
fn is_name(name: &[u8]) -> bool {
    let is_part = |part: &[u8]| {
        !part.is_empty() && !part.starts_with(b".") && !part.ends_with(b".lock") && !part.ends_with(b".")
    };
    let is_letter = |byte: &u8| *byte > 0x20 && *byte != 0x7f && !b"~^:?*[\\".contains(byte);
    name.split(|&byte| byte == b'/').all(is_part)
        && name.iter().all(is_letter)
        && memchr::memmem::find(name, b"..").is_none()
        && memchr::memmem::find(name, b"@{").is_none()
}

/// True for `HEAD` and the like, which are refs outside `refs/`.
fn is_pseudo(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'-')
}

/// The worktree and the ref in it that `worktrees/NAME/REF` means.
fn of_other_worktree(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = name.strip_prefix(b"worktrees/")?;
    let end = memchr::memchr(b'/', rest)?;
    Some((&rest[..end], &rest[end + 1..]))
}

/// True for refs that each worktree has for itself.
fn is_of_worktree(name: &[u8]) -> bool {
    !name.starts_with(b"refs/")
        || [&b"refs/bisect/"[..], b"refs/worktree/", b"refs/rewritten/"]
            .iter()
            .any(|dir| name.starts_with(dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{Repo, git_in};

    fn led(repo: &Repo, text: &str) -> Option<String> {
        let repository = Repository::open(&repo.path(""), crate::git::Access::default()).expect("it opens");
        let all = repository.refs().all_named(text).expect("its refs are sound");
        all.first().map(|(_, id)| id.to_string())
    }

    #[test]
    fn names_lead_where_git_rev_parse_says_loose_and_packed() {
        let repo = Repo::new();
        repo.write("a", b"x");
        repo.commit_all("one");
        repo.git(&["branch", "feature/x"]);
        repo.git(&["tag", "v1"]);
        repo.git(&["tag", "-a", "-m", "x", "v2"]);
        repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
        repo.write("a", b"y");
        repo.commit_all("two");
        repo.git(&["branch", "v1"]);
        for _ in ["loose", "packed"] {
            for name in [
                "HEAD",
                "@",
                "main",
                "heads/main",
                "refs/heads/main",
                "feature/x",
                "v1",
                "v2",
                "heads/v1",
                "origin",
                "origin/main",
                "none",
                "refs",
                "feature",
                "ORIG_HEAD",
                "../config",
                "config",
                "heads",
            ] {
                let output = crate::git::testing::git_command(&repo.path(""))
                    .args(["rev-parse", "--verify", "-q", "--end-of-options", name])
                    .output()
                    .expect("git can be started");
                let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                let expected = (output.status.success()).then_some(id);
                assert_eq!(led(&repo, name), expected, "{name}");
            }
            repo.git(&["pack-refs", "--all"]);
        }
        let linked = repo.beside("linked");
        repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("the path is UTF-8"), "v2"]);
        let repository = Repository::open(&linked, crate::git::Access::default()).expect("it opens");
        let head = String::from_utf8(git_in(&linked, &["rev-parse", "HEAD"])).expect("an id is ASCII");
        assert_eq!(
            repository.refs().head().expect("it is sound"),
            Led::To(ObjectId::from_hex(head.trim()).expect("an id"))
        );
        assert_eq!(repository.refs().head_branch().as_deref(), Some("refs/heads/side"));
    }

    #[test]
    fn a_head_is_unborn_or_broken_but_never_read_from_elsewhere() {
        let repo = Repo::new();
        let head = || {
            let repository =
                Repository::open(&repo.path(""), crate::git::Access::default()).expect("it opens");
            repository.refs().head()
        };
        assert_eq!(head().expect("it is sound"), Led::Unborn(b"refs/heads/main".to_vec()));
        for text in [
            "ref: refs/heads/../../config\n",
            "ref: config\n",
            "ref: HEAD\n",
            "\n",
            "0123\n",
            "ref: refs/heads/.x\n",
        ] {
            repo.write(".git/HEAD", text.as_bytes());
            assert!(head().is_err(), "{text}");
        }
        repo.write(".git/HEAD", b"ref: refs/heads/a\n");
        repo.write(".git/refs/heads/a", b"ref: refs/heads/a\n");
        assert!(head().is_err(), "a ref that leads to itself");
    }
}
