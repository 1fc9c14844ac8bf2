//! Names in a history that contain secrets: of refs, of the people who made commits and tags, of files and folders.
//!
//! They are collected during the passes and given to the caller many at once. That costs almost nothing, for they are
//! few: a person's name is collected once, however many commits have it, and an entry's name only if the tree's base
//! does not have it ([`SeenNames`](super::scan::SeenNames)). Commits, tags or trees are read again only if a secret is
//! found in a name, to see which of them have it. Paths are scanned by component: no token has a `/` in it.

use super::scan::ScanNames;
use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::{Gathered, who};
use crate::git::object::{CommitText, TagText};
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::progress::NoProgress;
use crate::git::{KindSet, Object, ObjectKind, Visitor};
use crate::model::{Kind, Names, ObjectId, display_path};
use crate::provenance::secret_sets::HeldName;
use crate::provenance::subject::Subject;
use crate::sync::lock;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Put before the names in tag objects, as if they were refs.
const TAGS: &[u8] = b"refs/tags/";

/// The names that contain secrets, and what has them.
#[derive(Debug, Default)]
pub(in crate::provenance) struct NameBearers {
    pub(in crate::provenance) refs: Vec<HeldName>,
    pub(in crate::provenance) people: Vec<HeldName>,
    /// The commits that each of `people` made or committed.
    pub(in crate::provenance) made: Vec<Vec<Position>>,
    /// The tags that each of `people` made, and those whose own name is that of each of `refs`.
    pub(in crate::provenance) tagged: Vec<Vec<ObjectNumber>>,
    pub(in crate::provenance) named: Vec<Vec<ObjectNumber>>,
    /// Names of entries of trees.
    pub(in crate::provenance) entries: Vec<HeldName>,
}

impl NameBearers {
    /// True if only names of refs contain secrets.
    pub(in crate::provenance) fn is_in_refs_alone(&self) -> bool {
        self.people.is_empty() && self.entries.is_empty() && self.named.iter().all(Vec::is_empty)
    }

    /// The commits whose people are reported.
    pub(in crate::provenance) fn commits(&self) -> impl Iterator<Item = Position> {
        self.made.iter().filter_map(|made| made.iter().min().copied())
    }

    /// Passes all names except those in trees to `names`, and finds what has those that contain secrets.
    pub(in crate::provenance) fn find(
        subject: &Subject<'_>,
        gathered: &Gathered,
        people: &Names,
        names: &dyn ScanNames,
        graph: &Graph,
        stop: &AtomicBool,
    ) -> Self {
        let mut refs = vec![Names::default()];
        let mut add = |add: &dyn Fn(&mut Names)| match refs.last_mut().filter(|last| !last.is_full()) {
            Some(last) => add(last),
            None => {
                let mut next = Names::default();
                add(&mut next);
                refs.push(next);
            }
        };
        subject.ref_names.iter().for_each(|name| add(&|names| names.add(name)));
        let tags = gathered.tag_names().map(|name| [TAGS, name].concat());
        tags.for_each(|name| add(&|names| names.add_bytes(&name)));
        // Ansible has 61,000 refs: 2 ms.
        rayon::join(
            || refs.par_iter().for_each(|refs| names.look(Kind::Ref, refs)),
            || names.look(Kind::Author, people),
        );
        let (refs, people) = (names.holding(Kind::Ref), names.holding(Kind::Author));
        let mut named = Self {
            made: vec![Vec::new(); people.len()],
            tagged: vec![Vec::new(); people.len()],
            named: vec![Vec::new(); refs.len()],
            refs,
            people,
            entries: Vec::new(),
        };
        if named.people.is_empty() && named.refs.is_empty() {
            return named;
        }
        let kinds = KindSet::of(&[ObjectKind::Commit, ObjectKind::Tag]);
        let chosen = subject.objects.choose(kinds, subject.range.map(|range| &range.inside));
        let bearers = Bearers {
            width: subject.objects.table.width(),
            graph,
            named: Mutex::new(std::mem::take(&mut named)),
        };
        subject.objects.visit(&chosen, &bearers, &NoProgress, stop);
        let mut named = std::mem::take(&mut *lock(&bearers.named));
        // If there is a ref of the tag's own name, that ref is the place of the name.
        let is_ref = |name: &[u8]| subject.refs.contains_key(&display_path(name));
        for ((name, _), tags) in named.refs.iter().zip(&mut named.named) {
            if is_ref(name) {
                tags.clear();
            }
        }
        named
    }
}

/// Finds the commits and tags with names that contain secrets.
struct Bearers<'a> {
    width: usize,
    graph: &'a Graph,
    named: Mutex<NameBearers>,
}

/// Where `name` is among names that ascend.
fn find(names: &[HeldName], name: &[u8]) -> Option<usize> {
    names.binary_search_by(|(held, _)| (**held).cmp(name)).ok()
}

impl Visitor for Bearers<'_> {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        match object.kind {
            ObjectKind::Commit => {
                let Some(commit) = CommitText::parse(object.bytes, self.width) else { return };
                let Some(at) = self.graph.position(object.number) else { return };
                let mut named = lock(&self.named);
                let people = BTreeSet::from([who(&commit.author), who(&commit.committer)]);
                for person in
                    people.into_iter().filter_map(|who| find(&named.people, who)).collect::<Vec<_>>()
                {
                    named.made[person].push(at);
                }
            }
            ObjectKind::Tag => {
                let Some(tag) = TagText::parse(object.bytes, self.width) else { return };
                let mut named = lock(&self.named);
                if let Some(person) = find(&named.people, who(tag.tagger)) {
                    named.tagged[person].push(object.number);
                }
                if let Some(name) = find(&named.refs, &[TAGS, tag.name].concat()) {
                    named.named[name].push(object.number);
                }
            }
            ObjectKind::Blob | ObjectKind::Tree => {}
        }
    }

    fn derived(&self, (): &(), _: &[u8], object: Object<'_>, _: &[crate::model::Copied]) {
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        // The first pass says so.
    }
}
