//! `ci`: scans what the CI's event is about, with the command that fits.
//!
//! # Design
//!
//! A request, a push and a tag are a range of commits; a regular run is the whole history; anything else is the files
//! as they are, and of a branch that is not the default one also its commits, since the check counts for a request of
//! that branch. If a commit that is needed is not in the clone, the run is refused, with the line that fixes the
//! checkout. It never scans less than the event is about.
//!
//! *Which base is trusted.* What is compared with, and whose settings count, must not be the author's choice. So it is the
//! commit that the event names, or else a branch by its full name, as the remote has it ([`ChangeScan::branch`]): never what is
//! checked out, nor the judged commit itself. Without either nothing is old, and all commits are looked at
//! ([`ChangeScan::new_ref`]). Files are judged by the settings of [`ChangeScan::settings`].

use super::session::command_name::CommandName;
use super::{Exit, files, history};
use crate::ci::{self, Base, Depth, Event, EventKind};
use crate::cli::{Caching, Ci, History, ReportTo, Scan, Shared};
use crate::error::Error;
use crate::git::commits::Commits;
use crate::git::odb::reader::ObjectReader;
use crate::git::revision::Revisions;
use crate::git::{self, Access, Repository};
use crate::model::ObjectId;
use crate::report::Format;
use crate::source::settings::Origin;
use crate::{atomic_file, regular_file};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// The remote that CIs clone from.
const REMOTE: &str = "refs/remotes/origin";

/// The most bytes of annotations or of a summary that are passed on.
const LARGEST: u64 = 64 << 20;

/// What `ci` scans.
enum Look {
    /// What a range adds.
    Range(String),
    /// The files as they are, by settings of this place, and the message of the tag that ends this range.
    Files(Option<Origin>, Option<String>),
    /// Every object.
    History,
}

/// `ci`.
pub(super) fn ci(flags: &Ci) -> Result<Exit, Error> {
    let event = Event::read(&|name| std::env::var_os(name))?;
    let (look, note) =
        ChangeScan { event: &event, flags, here: PathBuf::from("."), failed: RefCell::default() }.look()?;
    let notes = vec![format!("{}, {}: {note}", event.provider, event.kind.name())];
    let reports = Reports::of(&flags.shared)?;
    let shared = reports.flags.clone();
    let exit = match look {
        Look::Range(range) => files::diff_for(CommandName::Ci, &range, &flags.change, &shared, notes),
        Look::Files(settings, range) => files::scan_for(
            CommandName::Ci,
            &Scan { paths: Vec::new(), agents: false, shared },
            notes,
            settings,
            range.as_deref(),
        ),
        Look::History => {
            let history = History {
                repository: PathBuf::from("."),
                refs: Vec::new(),
                since: None,
                reachable_only: false,
                caching: Caching::default(),
                shared,
            };
            history::history_for(CommandName::Ci, &history, notes)
        }
    };
    reports.hand_on()?;
    exit
}

/// Decides what to scan.
struct ChangeScan<'a> {
    event: &'a Event,
    flags: &'a Ci,
    here: PathBuf,
    /// What could not be fetched last, and git's message.
    failed: RefCell<Option<(String, String)>>,
}

/// What is scanned, and why.
type Planned = Result<(Look, String), Error>;

impl ChangeScan<'_> {
    fn look(&self) -> Planned {
        match self.event.kind {
            EventKind::Deletion => {
                let head = self.need("HEAD", None)?;
                Ok((
                    Look::Range(format!("{head}..{head}")),
                    "a deleted branch or tag brings nothing.".to_owned(),
                ))
            }
            EventKind::Manual => self.manual(),
            EventKind::Schedule => {
                while self.is_shallow()? {
                    self.deepen(Depth::Whole, &[], || "the whole history".to_owned())?;
                }
                Ok((Look::History, "the whole history is scanned.".to_owned()))
            }
            EventKind::Request => self.request(),
            EventKind::Push | EventKind::Tag => self.push(),
        }
    }

    fn request(&self) -> Planned {
        let head = self.need(&self.event.head, self.event.head_ref.as_deref())?;
        if self.flags.change.net
            && let Some(base) = self.merged_into(head)?
        {
            return Ok((
                Look::Range(format!("{base}..HEAD")),
                "the merge with its base is compared with that base.".to_owned(),
            ));
        }
        let base = match (&self.event.base, &self.event.branch) {
            (Base::Commit(id), branch) => match (self.have(id, None)?, branch) {
                (Some(base), _) => base,
                // The branch contains what its commit contained when the event was made.
                (None, Some(branch)) => match self.branch(branch)? {
                    Some(base) => base,
                    None => return Err(self.not_here(format!("the base commit {id}"))),
                },
                (None, None) => return Err(self.not_here(format!("the base commit {id}"))),
            },
            (_, Some(branch)) => match self.branch(branch)? {
                Some(base) => base,
                None => return Err(self.not_here(format!("the target branch `{branch}`"))),
            },
            (_, None) => {
                return Err(Error::Usage {
                    what: format!(
                        "{} names no base of this pull request; run `keydredge diff BASE..HEAD` with one",
                        self.event.provider
                    ),
                });
            }
        };
        self.connect(base, head)?;
        Ok((
            Look::Range(format!("{base}..{head}")),
            format!(
                "what {head:.10} brings beyond {base:.10}.",
                head = head.to_string(),
                base = base.to_string()
            ),
        ))
    }

    /// The first parent of HEAD if that is a merge of `head`.
    fn merged_into(&self, head: ObjectId) -> Result<Option<ObjectId>, Error> {
        let Some(second) = self.find("HEAD^2")? else { return Ok(None) };
        if second == head { self.find("HEAD^1") } else { Ok(None) }
    }

    /// A run that no change started: the files. Of a branch that is not the default one also what its commits bring, by
    /// the settings of the default branch.
    fn manual(&self) -> Planned {
        const WHY: &str = "no change started it";
        let files = || {
            let settings = self.settings(None)?;
            Ok((Look::Files(settings, None), format!("{WHY}, so the files are scanned as they are.")))
        };
        let Event { branch, default_branch: named, .. } = self.event;
        if branch.is_some() && branch == named {
            return files();
        }
        let Some((name, default)) = self.default_branch()? else {
            return match (branch, named) {
                (Some(_), Some(named)) => Err(self.not_here(format!("the default branch `{named}`"))),
                _ => files(),
            };
        };
        let head = self.need(&self.event.head, None)?;
        if self.common(default, head)?.contains(&head) {
            return files();
        }
        self.connect(default, head)?;
        let range = format!("{default}..{head}");
        let settings = self.settings(Some(&range))?;
        let why = format!(
            "{WHY}, so the files are scanned as they are, and, since `{name}` does not have all of it, what it brings."
        );
        Ok((Look::Files(settings, Some(range)), why))
    }

    /// What the files are judged by, if not by what is on disk: the settings before `range`, which chose what is on disk.
    fn settings(&self, range: Option<&str>) -> Result<Option<Origin>, Error> {
        let dir = self.here.clone();
        match (self.flags.change.policy_from.as_deref(), range) {
            (Some(from), _) if from == Path::new("HEAD") => Ok(None),
            (Some(file), _) if file != Path::new("BASE") => {
                if (Origin::Head { dir, environment: false }).open()?.has(file)? {
                    return Err(Error::FromTheChange { path: file.to_owned() });
                }
                Ok(Some(Origin::File(file.to_owned())))
            }
            (_, range) => Ok(range.map(|range| Origin::Base { dir, range: range.to_owned() })),
        }
    }

    /// The last commit of a push whose commit before is not known.
    fn last_commit(&self, head: ObjectId) -> Result<String, Error> {
        let parent = self.find(&format!("{head}^"))?.map(|parent| parent.to_string());
        Ok(format!("{}..{head}", parent.unwrap_or_else(|| "0".repeat(40))))
    }

    fn push(&self) -> Planned {
        let head = self.need(&self.event.head, None)?;
        let Base::Commit(id) = &self.event.base else { return self.new_ref(head, None) };
        let Some(base) = self.have(id, None)? else { return self.new_ref(head, Some(id)) };
        // A build that is run again: that nothing came after it says nothing about it.
        if base == head && self.event.kind == EventKind::Push {
            return self.new_ref(head, None);
        }
        if self.is_shallow()? || self.have_in_common(base, head)? {
            self.connect(base, head)?;
            let (base, end, head) = (base.to_string(), self.end(head)?, head.to_string());
            return Ok((
                Look::Range(format!("{base}..{end}")),
                format!("what came after {base:.10}, up to {head:.10}."),
            ));
        }
        self.new_ref(head, Some(id))
    }

    /// The end of a range: the tag that was pushed (its message counts) if it is here, or else the commit.
    fn end(&self, head: ObjectId) -> Result<String, Error> {
        // The id of an annotated tag.
        let is_other =
            self.event.head != "HEAD" && !head.to_string().starts_with(&self.event.head.to_ascii_lowercase());
        if self.event.kind == EventKind::Tag && is_other {
            return Ok(self.event.head.clone());
        }
        if let (EventKind::Tag, Some(name)) = (self.event.kind, &self.event.branch) {
            let tag = format!("refs/tags/{name}");
            let found = self.have(&tag, Some(&format!("+{tag}:{tag}")))?;
            if found == Some(head) {
                return Ok(tag);
            }
        }
        Ok(head.to_string())
    }

    /// A push without a usable former commit: a new branch or tag, or a forced push whose former commit `lost` is not
    /// here or shares no history. What the default branch does not have is new.
    fn new_ref(&self, head: ObjectId, lost: Option<&str>) -> Planned {
        let why = match (lost, &self.event.base) {
            (Some(lost), _) => format!("the commit before, {lost:.10}, is not at hand (a forced push)"),
            (None, Base::Nothing) => "it is new".to_owned(),
            (None, Base::Commit(_)) => "the commit before is this one".to_owned(),
            (None, Base::Unknown) => "no commit before is named".to_owned(),
        };
        let end = self.end(head)?;
        let whole = || {
            Ok((
                Look::Range(format!("{}..{end}", "0".repeat(40))),
                format!("{why}, and so is every commit of it."),
            ))
        };
        let Some((name, default)) = self.default_branch()? else {
            while self.is_shallow()? {
                self.deepen(Depth::Whole, &[head], || "the default branch".to_owned())?;
            }
            return Ok((
                Look::Range(format!("{}..{end}", "0".repeat(40))),
                format!("{why}, and no default branch is known, so every commit is looked at."),
            ));
        };
        if self.common(default, head)?.contains(&head) {
            let is_first = self.event.base == Base::Nothing && self.event.kind == EventKind::Push;
            if is_first && self.event.branch.is_some() && self.event.branch == self.event.default_branch {
                while self.is_shallow()? {
                    self.deepen(Depth::Whole, &[head], || "the whole history".to_owned())?;
                }
                return whole();
            }
            if let Some(lost) = lost {
                return Err(self.not_here(format!("the commit before the push, {lost},")));
            }
            if self.find("HEAD")? == Some(head) {
                let is_tag = self.event.kind == EventKind::Tag;
                let is_own = !is_tag && self.event.base != Base::Nothing && self.event.is_of_provider();
                let last = if is_own { Some(self.last_commit(head)?) } else { None };
                let settings = self.settings(last.as_deref())?;
                return Ok((
                    Look::Files(settings, is_tag.then(|| format!("{default}..{end}"))),
                    format!("{why}, and `{name}` has it, so the files are scanned as they are."),
                ));
            }
            return Ok((
                Look::Range(format!("{default}..{end}")),
                format!("{why}, and `{name}` has all of it."),
            ));
        }
        if !self.is_shallow()? && !self.have_in_common(default, head)? {
            return whole();
        }
        self.connect(default, head)?;
        Ok((
            Look::Range(format!("{default}..{end}")),
            format!("{why}, so what `{name}` does not have is looked at."),
        ))
    }

    /// The default branch as the remote has it, and its name.
    fn default_branch(&self) -> Result<Option<(String, ObjectId)>, Error> {
        if let Some(name) = &self.event.default_branch {
            return Ok(self.branch(name)?.map(|id| (name.clone(), id)));
        }
        for name in ["HEAD", "main", "master"] {
            if let Some(id) = self.find(&format!("{REMOTE}/{name}"))? {
                return Ok(Some((name.to_owned(), id)));
            }
        }
        Ok(None)
    }

    /// The tip of the remote's branch, or of the clone's own branch of that name. What is checked out, which is what is
    /// judged, is no branch to judge it by.
    fn branch(&self, name: &str) -> Result<Option<ObjectId>, Error> {
        let remote = format!("{REMOTE}/{name}");
        if let Some(id) = self.have(&remote, Some(&format!("+refs/heads/{name}:{remote}")))? {
            return Ok(Some(id));
        }
        let own = format!("refs/heads/{name}");
        let is_checked_out =
            self.with(|repository, _, _| Ok(repository.refs().head_branch().as_ref() == Some(&own)))?;
        let (tip, head) = (self.find(&own)?, self.find("HEAD")?);
        Ok(tip.filter(|_| !is_checked_out && tip != head))
    }

    /// A commit that must be here.
    fn need(&self, revision: &str, by: Option<&str>) -> Result<ObjectId, Error> {
        let what = || if revision == "HEAD" { "HEAD".to_owned() } else { format!("the commit {revision}") };
        self.have(revision, by)?.ok_or_else(|| self.not_here(what()))
    }

    /// A commit, fetched if it is missing and `--fetch` is given: by the ref `by`, or by its id.
    fn have(&self, revision: &str, by: Option<&str>) -> Result<Option<ObjectId>, Error> {
        let found = self.find(revision)?;
        if found.is_some() || !self.flags.fetch || revision == "HEAD" {
            return Ok(found);
        }
        let mut failed = None;
        for what in by.into_iter().chain((!revision.starts_with("refs/")).then_some(revision)) {
            match ci::fetch(&self.here, &[what.to_owned()], Depth::Usual) {
                Ok(()) => {
                    let found = self.find(revision)?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Err(said) => failed = Some((what, said)),
            }
        }
        if let Some((what, said)) = failed {
            *self.failed.borrow_mut() = Some((what.to_owned(), said));
        }
        Ok(None)
    }

    /// A commit of this clone.
    fn find(&self, revision: &str) -> Result<Option<ObjectId>, Error> {
        self.with(|repository, objects, commits| {
            match Revisions::new(repository, objects, commits).resolve(revision) {
                Ok(found) => Ok(Some(found.commit)),
                Err(git::Error::Revision { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn is_shallow(&self) -> Result<bool, Error> {
        self.with(|repository, _, _| Ok(!repository.shallow.is_empty()))
    }

    /// The merge bases of two commits as far as the clone knows them. A shallow clone may lack what is between.
    fn common(&self, one: ObjectId, other: ObjectId) -> Result<Vec<ObjectId>, Error> {
        self.with(|repository, _, commits| match commits.merge_bases(one, other) {
            Err(_) if !repository.shallow.is_empty() => Ok(Vec::new()),
            common => Ok(common?),
        })
    }

    fn have_in_common(&self, one: ObjectId, other: ObjectId) -> Result<bool, Error> {
        Ok(!self.common(one, other)?.is_empty())
    }

    /// Makes sure that a shallow clone has the merge bases of the two, if `--fetch` is given.
    fn connect(&self, base: ObjectId, head: ObjectId) -> Result<(), Error> {
        for depth in [Depth::More(50), Depth::More(1000), Depth::Whole] {
            if !self.is_shallow()? || self.have_in_common(base, head)? {
                return Ok(());
            }
            let what = || {
                format!(
                    "the common ancestor of {base:.10} and {head:.10}",
                    base = base.to_string(),
                    head = head.to_string()
                )
            };
            self.deepen(depth, &[base, head], what)?;
        }
        Ok(())
    }

    fn deepen(&self, depth: Depth, ids: &[ObjectId], what: impl Fn() -> String) -> Result<(), Error> {
        if !self.flags.fetch {
            return Err(ci::Error::NotHere {
                what: what(),
                why: "is not in this shallow clone",
                remedy: self.event.remedy.to_owned(),
            }
            .into());
        }
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let failed = |said| ci::Error::Fetch { what: what(), said, remedy: self.event.remedy.to_owned() };
        Ok(ci::fetch(&self.here, &ids, depth).map_err(failed)?)
    }

    /// The error for a commit that is not here, or for the failed fetch.
    fn not_here(&self, what: String) -> Error {
        if let Some((what, said)) = self.failed.take() {
            return ci::Error::Fetch { what, said, remedy: self.event.remedy.to_owned() }.into();
        }
        let (why, remedy) = ("is not in this clone", self.event.remedy.to_owned());
        ci::Error::NotHere { what, why, remedy }.into()
    }

    fn with<T>(
        &self,
        look: impl FnOnce(&Repository, &ObjectReader, &Commits<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let repository = Repository::open(&self.here, Access { environment: false, owner: true })?;
        let objects = ObjectReader::new(&repository);
        let commits = Commits::new(&repository, &objects);
        look(&repository, &objects, &commits)
    }
}

/// The reports of the run, including those that the job's page shows.
struct Reports {
    flags: Shared,
    folder: Option<tempfile::TempDir>,
    /// The file for annotations, if the CI reads them.
    annotations: bool,
    /// The file of the job's summary.
    summary: Option<PathBuf>,
}

impl Reports {
    const ANNOTATIONS: &'static str = "annotations";
    const SUMMARY: &'static str = "summary.md";

    fn of(flags: &Shared) -> Result<Self, Error> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let annotations = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
            && flags.format != Format::Github
            && !flags.report.iter().any(|one| one.format == Format::Github);
        let summary = variable("GITHUB_STEP_SUMMARY").map(PathBuf::from);
        let mut flags = flags.clone();
        if !annotations && summary.is_none() {
            return Ok(Self { flags, folder: None, annotations, summary });
        }
        let made = tempfile::Builder::new().prefix("keydredge-").tempdir();
        let folder = made.map_err(|source| Error::Write { path: std::env::temp_dir(), source })?;
        let mut add = |format, name: &str| {
            flags.report.push(ReportTo { format, path: Some(folder.path().join(name)) });
        };
        if annotations {
            add(Format::Github, Self::ANNOTATIONS);
        }
        if summary.is_some() {
            add(Format::Markdown, Self::SUMMARY);
        }
        Ok(Self { flags, folder: Some(folder), annotations, summary })
    }

    /// Prints the annotations and adds to the job's summary. If the run failed, some may not have been written.
    fn hand_on(&self) -> Result<(), Error> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let read = |name: &str| {
            let path = folder.path().join(name);
            let read = regular_file::read_if_there(&path, LARGEST);
            read.map(Option::unwrap_or_default).map_err(|source| Error::Read { path, source })
        };
        if self.annotations {
            let bytes = read(Self::ANNOTATIONS)?;
            // GitHub reads both streams; only a text report may be mixed with other lines.
            if self.flags.format == Format::Text {
                super::output::print(&bytes)?;
            } else {
                super::output::to_stderr(&bytes);
            }
        }
        if let Some(path) = &self.summary {
            let bytes = read(Self::SUMMARY)?;
            atomic_file::append(path, &bytes)
                .map_err(|source| Error::Write { path: path.clone(), source })?;
        }
        Ok(())
    }
}
