//! What commits and tags name, collected while they are read.

use crate::git::object::{CommitText, TagText};
use crate::git::odb::number::{ObjectNumber, number};
use crate::model::ObjectId;
use std::collections::{HashMap, HashSet};

/// How many parents of a commit are followed. Linux, which merges most at once, has one with 66.
const MOST_PARENTS: usize = 1 << 12;

number! {
    /// The number of an author's header, one for each commit: its place in [`Authors`].
    pub(crate) struct AuthorNumber
}

/// A commit's links.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// The commit.
    pub(crate) commit: ObjectNumber,
    /// Its tree, if the store has it.
    pub(crate) tree: Option<ObjectNumber>,
    /// Where in [`Gathered::parents`] those that the store has start and end.
    pub(crate) parents: (u32, u32),
    /// The committer's time, seconds since 1970.
    pub(crate) time: i64,
    /// The author's header; `None` if an earlier run read it.
    pub(crate) author: Option<AuthorNumber>,
}

/// The content of commits and tags.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Each commit once, in no fixed order.
    pub(crate) commits: Vec<Links>,
    /// The parents of all commits, in order for each.
    pub(crate) parents: Vec<ObjectNumber>,
    /// Author headers without the time, by number of first use.
    pub(crate) authors: Authors,
    /// What each tag names, if the store has it.
    pub(crate) tags: HashMap<ObjectNumber, Option<ObjectNumber>>,
    /// Committers and taggers without the time, if they are not the author of the same commit.
    signers: HashSet<Box<[u8]>>,
    /// The names that tags give themselves.
    tag_names: HashSet<Box<[u8]>>,
}

impl Gathered {
    /// Adds a commit, whose tree and parents have these numbers.
    pub(crate) fn add(
        &mut self,
        commit: ObjectNumber,
        tree: Option<ObjectNumber>,
        parents: &[ObjectNumber],
        text: &CommitText<'_>,
    ) {
        let author = Some(self.authors.add(&text.author));
        let (by, committer) = (who(&text.author), who(&text.committer));
        if by.len() == text.author.len() {
            self.sign(by);
        }
        if committer != by {
            self.sign(committer);
        }
        let from = self.parents.len() as u32;
        self.parents.extend_from_slice(parents);
        let parents = (from, self.parents.len() as u32);
        self.commits.push(Links { commit, tree, parents, time: text.time, author });
    }

    /// Adds what a tag says, which names the object `target` if the store has it.
    pub(crate) fn add_tag(&mut self, tag: ObjectNumber, target: Option<ObjectNumber>, text: &TagText<'_>) {
        self.tags.insert(tag, target);
        self.sign(who(text.tagger));
        if !text.name.is_empty() && !self.tag_names.contains(text.name) {
            self.tag_names.insert(text.name.into());
        }
    }

    fn sign(&mut self, who: &[u8]) {
        if !who.is_empty() && !self.signers.contains(who) {
            self.signers.insert(who.into());
        }
    }

    /// Authors, committers and taggers so far, without the time; one may come twice.
    pub(crate) fn people(&self) -> impl Iterator<Item = &[u8]> {
        self.authors.numbers.keys().chain(&self.signers).map(|who| &**who)
    }

    /// The names that tags give themselves.
    pub(crate) fn tag_names(&self) -> impl Iterator<Item = &[u8]> {
        self.tag_names.iter().map(|name| &**name)
    }

    /// Frees unused capacity, up to half of it all.
    pub(crate) fn shrink(&mut self) {
        self.commits.shrink_to_fit();
        self.parents.shrink_to_fit();
        self.authors.lines.shrink_to_fit();
        self.authors.whens.shrink_to_fit();
    }
}

/// The person in a header of an author, committer or tagger: the whole header, if what follows the address is not
/// just a time.
pub(crate) fn who(header: &[u8]) -> &[u8] {
    let (who, when) = header.split_at(end_of_address(header));
    let is_time = when.iter().all(|byte| matches!(byte, b' ' | b'+' | b'-' | b'0'..=b'9'));
    if is_time { who } else { header }
}

fn end_of_address(header: &[u8]) -> usize {
    memchr::memrchr(b'>', header).map_or(header.len(), |at| at + 1)
}

/// The authors of commits: name and address once each, time and zone per commit.
#[derive(Debug, Default)]
pub(crate) struct Authors {
    numbers: HashMap<Box<[u8]>, u32>,
    /// Per commit (by [`Links::author`]): whose header, and the length of the rest of it in `whens`.
    lines: Vec<(u32, u32)>,
    whens: Vec<u8>,
}

impl Authors {
    /// Adds the header of one commit; returns its number.
    fn add(&mut self, header: &[u8]) -> AuthorNumber {
        let (who, when) = header.split_at(end_of_address(header));
        let count = self.numbers.len() as u32;
        let number = match self.numbers.get(who) {
            Some(&number) => number,
            None => *self.numbers.entry(who.into()).or_insert(count),
        };
        self.whens.extend_from_slice(when);
        // It is part of a commit, whose length has 32 bits.
        self.lines.push((number, when.len() as u32));
        AuthorNumber::new((self.lines.len() - 1) as u32)
    }

    /// The headers with these numbers.
    pub(crate) fn headers(
        &self,
        wanted: impl IntoIterator<Item = AuthorNumber>,
    ) -> HashMap<AuthorNumber, Vec<u8>> {
        let mut who: Vec<&[u8]> = vec![b""; self.numbers.len()];
        for (text, &number) in &self.numbers {
            who[number as usize] = text;
        }
        let mut wanted: Vec<AuthorNumber> = wanted.into_iter().collect();
        wanted.sort_unstable();
        let (mut headers, mut wanted) = (HashMap::with_capacity(wanted.len()), wanted.into_iter().peekable());
        let mut end = 0;
        for (line, &(number, len)) in AuthorNumber::first(self.lines.len()).zip(&self.lines) {
            let start = end;
            end += len as usize;
            while wanted.next_if_eq(&line).is_some() {
                headers.insert(line, [who[number as usize], &self.whens[start..end]].concat());
            }
        }
        headers
    }
}

/// The parents of a commit, without duplicates and at most [`MOST_PARENTS`]; true if these are all. The limit is for
/// hostile packs: with deltas, each commit with a huge list of parents costs only a few bytes.
pub(crate) fn followed(named: &[ObjectId]) -> (Vec<ObjectId>, bool) {
    let mut named = named.to_vec();
    if named.len() > 2 {
        let mut seen = HashSet::new();
        named.retain(|&parent| seen.insert(parent));
    }
    named.dedup();
    let are_all = named.len() <= MOST_PARENTS;
    named.truncate(MOST_PARENTS);
    (named, are_all)
}
