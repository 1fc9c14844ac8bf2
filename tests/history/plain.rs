//! The plain reading: every text is scanned whole, every tree is kept, and nothing is derived.

use super::definition::{self, Commit, History, Tree};
use super::store::{self, Kind};
use keydredge::findings::{self, Hit, Policy, Sighting};
use keydredge::model::{
    Confidence, Coverage, Found, Location, ObjectId, Piece, RuleInfo, SecretHistory, SettingsReceipt,
    Severity, Summary,
};
use keydredge::report::{self, Format, Report, Style};
use keydredge::scan::{Scanner, Scratch};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The results of the first reading.
#[derive(Default)]
pub(crate) struct Read {
    /// Blobs, trees, commits, tags.
    pub(crate) objects: [u64; 4],
    /// The candidates of each object that has some.
    pub(crate) found: HashMap<ObjectId, Vec<Found>>,
    /// Where the secrets of those candidates are.
    locations: HashMap<ObjectId, Vec<(Found, Location)>>,
    commits: HashMap<ObjectId, Commit>,
    /// What each tag names, and its tagger's line.
    tags: HashMap<ObjectId, (ObjectId, Vec<u8>)>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Reads every object, and scans those that are texts.
pub(crate) fn read(repository: &Path, scanner: &Scanner) -> Read {
    let all = Mutex::new(Read::default());
    store::each(repository, &|id, kind, bytes| {
        let text = match kind {
            Kind::Tree => &[],
            Kind::Blob => bytes,
            Kind::Commit | Kind::Tag => headers_and_message(bytes).1,
        };
        let found = SCRATCH.with_borrow_mut(|scratch| scanner.scan(&Piece::whole(text), scratch));
        let located: Vec<_> =
            found.iter().map(|one| (one.clone(), Location::of(one.secret_span(), text))).collect();
        let mut all = all.lock().expect("no reader panics");
        all.objects[kind as usize] += 1;
        if kind == Kind::Commit {
            all.commits.insert(id, commit(bytes));
        }
        if kind == Kind::Tag {
            let (headers, _) = headers_and_message(bytes);
            let target = values(headers, "object").next().and_then(hex).expect("a tag names an object");
            let tagger = values(headers, "tagger").next().unwrap_or_default().to_vec();
            all.tags.insert(id, (target, tagger));
        }
        if !found.is_empty() {
            all.found.insert(id, found);
            all.locations.insert(id, located);
        }
    });
    all.into_inner().expect("no reader panics")
}

/// Places the secrets in objects, as the definition says.
pub(crate) fn placed(
    repository: &Path,
    read: &Read,
    held: &HashMap<ObjectId, Vec<Found>>,
) -> (Vec<Sighting>, Vec<SecretHistory>) {
    let trees: Mutex<HashMap<ObjectId, Tree>> = Mutex::default();
    store::each(repository, &|id, kind, bytes| {
        if kind == Kind::Tree {
            let tree = tree(bytes, id.as_bytes().len(), held);
            trees.lock().expect("no reader panics").insert(id, tree);
        }
    });
    let history = History {
        commits: &read.commits,
        tags: &read.tags,
        trees: &trees.into_inner().expect("no reader panics"),
        refs: &refs(repository),
        main: main_branch(repository),
        held,
    };
    let (places, lives) = definition::placed(&history);
    let sighting = |(secret, object, place)| {
        let settled = &held[&object];
        let hits = read.locations[&object].iter().filter(|(found, _)| found.candidate.secret == secret);
        let hits = hits.filter(|(found, _)| settled.contains(found));
        let hits = hits.map(|(found, location)| Hit {
            found: found.clone(),
            location: *location,
            allows: Vec::new(),
        });
        Sighting { place, hits: hits.collect(), side: findings::Side::Head }
    };
    (places.into_iter().map(sighting).collect(), lives)
}

/// What `-f json --show-secrets` would print of such places.
pub(crate) fn report(
    sightings: Vec<Sighting>,
    lives: Vec<SecretHistory>,
    rules: &[Arc<RuleInfo>],
    min_confidence: Confidence,
) -> Value {
    let options = findings::Options {
        rules,
        min_confidence,
        fail_on: Severity::Low,
        policy: &Policy::default(),
        before: None,
        after: None,
        new_allows: None,
        today: jiff::Zoned::now().date(),
        report_expired: false,
        markers: &[],
        unused_allows: keydredge::model::UnusedAllows::Ignore,
        report_unused: false,
        left_out: None,
        fail_in_tests: false,
        explain: keydredge::scan::verdict::reasons,
        roots: &[],
    };
    let mut assembled = findings::assemble(sightings, lives, &options);
    assembled.mask.findings(&mut assembled.findings);
    let summary = Summary {
        command: "history",
        coverage: Coverage::default(),
        failing: assembled.failing,
        milliseconds: 0,
        rules: rules.len() as u64,
        refuted: 0,
        settings: SettingsReceipt::default(),
        ledger: None,
    };
    let report = Report {
        findings: &assembled.findings,
        summary: &summary,
        notes: &[],
        show_secrets: true,
        since: None,
        names_all_refs: true,
    };
    let mut bytes = Vec::new();
    report::write(Format::Json, &report, Style::default(), &mut bytes).expect("a vector takes bytes");
    serde_json::from_slice(&bytes).expect("the report is JSON")
}

/// Names of refs and what they name.
fn refs(repository: &Path) -> Vec<(String, ObjectId)> {
    let listed =
        store::output(store::git(repository, &["for-each-ref", "--format=%(objectname) %(refname)"]));
    let listed = String::from_utf8(listed).expect("the names of these refs are text");
    let named = listed.lines().filter_map(|line| line.split_once(' '));
    let mut refs: Vec<_> =
        named.filter_map(|(id, name)| Some((name.to_owned(), ObjectId::from_hex(id)?))).collect();
    let head = store::git(repository, &["rev-parse", "--verify", "--quiet", "HEAD"]).output();
    let head = String::from_utf8(head.expect("git is installed").stdout).expect("an id is text");
    refs.extend(ObjectId::from_hex(head.trim()).map(|id| ("HEAD".to_owned(), id)));
    refs
}

/// The branch that `HEAD` names.
fn main_branch(repository: &Path) -> Option<String> {
    let named = store::git(repository, &["symbolic-ref", "--quiet", "HEAD"]).output();
    let named = String::from_utf8(named.expect("git is installed").stdout).expect("its name is text");
    Some(named.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Headers and message, separated by the first empty line.
fn headers_and_message(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.windows(2).position(|pair| pair == b"\n\n");
    at.map_or((bytes, &[]), |at| (&bytes[..at], &bytes[at + 2..]))
}

fn values<'a>(headers: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.split(|&byte| byte == b'\n');
    lines.filter_map(move |line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
}

fn hex(text: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(std::str::from_utf8(text).ok()?)
}

fn commit(bytes: &[u8]) -> Commit {
    let (headers, _) = headers_and_message(bytes);
    let committer = values(headers, "committer").next().unwrap_or_default();
    Commit {
        tree: values(headers, "tree").next().and_then(hex).expect("a commit has a tree"),
        parents: values(headers, "parent").filter_map(hex).collect(),
        author: values(headers, "author").next().unwrap_or_default().to_vec(),
        time: definition::person(committer, ObjectId::from_bytes(&[0; 20]).expect("20 is a length of an id"))
            .time,
    }
}

/// The entries of a tree that are trees, or contain a secret.
fn tree(mut bytes: &[u8], width: usize, held: &HashMap<ObjectId, Vec<Found>>) -> Tree {
    let mut tree = Tree::new();
    while let Some(space) = bytes.iter().position(|&byte| byte == b' ') {
        let nul = bytes.iter().position(|&byte| byte == 0).expect("an entry has a name");
        let id = ObjectId::from_bytes(&bytes[nul + 1..][..width]).expect("an entry ends with an id");
        // Early tools of hosts wrote a zero before it, as git prints it.
        let is_tree = matches!(&bytes[..space], b"40000" | b"040000");
        let is_gitlink = &bytes[..space] == b"160000";
        if is_tree || (!is_gitlink && held.contains_key(&id)) {
            tree.push((bytes[space + 1..nul].into(), is_tree, id));
        }
        bytes = &bytes[nul + 1 + width..];
    }
    tree
}
