//! Certificates that a run comes across, for the private keys that it finds: whose key it is, and until when.
//!
//! # Design
//!
//! A certificate with the public half of a key is that key's, wherever the two are; so those of all files of the run count,
//! not only those beside it. Texts are kept as they are and are read only if a private key was found: a run without one pays for a look at
//! the names of its files. What is over the limits is left out: a finding says less then, and nothing else changes.

use crate::checks::certificate::Certificate;
use crate::checks::public_half;
use crate::findings::Sighting;
use crate::model::{Blob, Fact, FactKind, Finding, Found, RuleInfo, Secret};
use crate::source::neighbours::CommitFiles;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// How the rules of private keys begin.
const PRIVATE_KEY: &str = "private-key-";

/// What the names of files of certificates end in.
const ENDS: [&str; 8] = [".crt", ".cer", ".pem", ".der", ".cert", ".ca-bundle", ".p7b", ".chain"];

/// The largest text that is kept, bytes.
const LARGEST: usize = 256 << 10;

/// The most bytes that are kept of all.
const LARGEST_ALL: usize = 16 << 20;

/// At how many places of a history certificates are looked for.
const MOST_PLACES: usize = 256;

/// The most names of a certificate that are shown.
const MOST_NAMES: usize = 5;

/// Texts that may have certificates, with the places that they are at.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    texts: Vec<(String, Vec<u8>)>,
    size: usize,
}

/// The certificates of the private keys of a run.
#[derive(Debug, Default)]
pub(crate) struct OwnCertificates {
    /// Those of each key, the one that is valid for longest first.
    pub(crate) by_key: HashMap<Secret, Vec<Certificate>>,
    /// All that were read, in DER: an issuer may be among them.
    pub(crate) all: Vec<Vec<u8>>,
}

impl Certificates {
    /// Whether the text of a blob is worth keeping, by its name or since private keys were found in it.
    pub(crate) fn is_wanted(blob: &Blob<'_>, found: &[Found], rules: &[Arc<RuleInfo>]) -> bool {
        let bytes = blob.piece.bytes;
        let inner = blob.inner.map(|inner| &**inner);
        let name = inner.or(blob.place.path.as_deref()).unwrap_or_default();
        (is_named(name) || has_key(found.iter(), rules)) && bytes.len() <= LARGEST && may_have_one(bytes)
    }

    /// Keeps a text.
    pub(crate) fn keep(&mut self, path: String, bytes: &[u8]) {
        if self.size + bytes.len() <= LARGEST_ALL {
            self.size += bytes.len();
            self.texts.push((path, bytes.to_vec()));
        }
    }

    fn keep_some(&mut self, path: String, bytes: Option<Vec<u8>>) {
        if let Some(bytes) = bytes.filter(|bytes| bytes.len() <= LARGEST && may_have_one(bytes)) {
            self.keep(path, &bytes);
        }
    }

    /// Adds those of another part of the run.
    pub(crate) fn merge(&mut self, other: Self) {
        for (path, text) in other.texts {
            self.keep(path, &text);
        }
    }

    /// Notes at each private key of `findings` what its certificate says; returns the certificates.
    pub(crate) fn note(self, findings: &mut [Finding]) -> OwnCertificates {
        let mut own = OwnCertificates::default();
        if self.texts.is_empty() {
            return own;
        }
        let is_key = |finding: &&mut Finding| finding.rule.id.starts_with(PRIVATE_KEY);
        let keys = findings.iter_mut().filter(is_key);
        let halves: Vec<_> =
            keys.filter_map(|finding| Some((public_half(finding.secret.expose())?, finding))).collect();
        if halves.is_empty() {
            return own;
        }
        let mut texts = self.texts;
        // Files come in no fixed order.
        texts.sort();
        let read = texts
            .iter()
            .flat_map(|(path, text)| Certificate::all(text).into_iter().map(move |one| (path, one)));
        let read: Vec<(&String, Certificate)> = read.collect();
        for (half, finding) in halves {
            let mut all: Vec<&(&String, Certificate)> =
                read.iter().filter(|(_, one)| one.half == half).collect();
            all.sort_by_key(|(path, one)| (-one.valid.1, *path));
            all.dedup_by(|one, other| one.1 == other.1);
            let Some((path, best)) = all.first() else { continue };
            let facts = facts(path, best, all.len());
            finding.reasons.push(sentence(&facts));
            finding.facts.extend(facts);
            finding.facts.sort();
            let all = all.into_iter().map(|(_, one)| one.clone()).collect();
            own.by_key.insert(finding.secret.clone(), all);
        }
        if !own.by_key.is_empty() {
            own.all = read.into_iter().map(|(_, one)| one.der).collect();
            own.all.sort();
            own.all.dedup();
        }
        own
    }
}

/// Whether a file's name is one of a certificate.
fn is_named(name: &str) -> bool {
    let end_of = |len: usize| name.len().checked_sub(len).and_then(|at| name.get(at..));
    ENDS.iter().any(|end| end_of(end.len()).is_some_and(|last| last.eq_ignore_ascii_case(end)))
}

/// Whether one of these is a private key.
fn has_key<'f>(mut found: impl Iterator<Item = &'f Found>, rules: &[Arc<RuleInfo>]) -> bool {
    let id = |one: &Found| rules.get(one.candidate.rule.0 as usize).map(|rule| &*rule.id);
    found.any(|one| id(one).is_some_and(|id| id.starts_with(PRIVATE_KEY)))
}

/// Those of a history, of which a scan knows no names: in the files of private keys, and beside them in the commits that have them.
pub(crate) fn of_history(repository: &Path, sightings: &[Sighting], rules: &[Arc<RuleInfo>]) -> Certificates {
    let mut certificates = Certificates::default();
    let mut keys =
        sightings.iter().filter(|one| has_key(one.hits.iter().map(|hit| &hit.found), rules)).peekable();
    if keys.peek().is_none() {
        return certificates;
    }
    let Ok(files) = CommitFiles::open(repository) else { return certificates };
    let (mut blobs, mut folders) = (HashSet::new(), HashSet::new());
    for Sighting { place, .. } in keys {
        let path = place.path.as_deref().unwrap_or_default();
        if let Some(id) = place.blob().filter(|id| blobs.len() < MOST_PLACES && blobs.insert(*id)) {
            certificates.keep_some(path.to_owned(), files.blob(id));
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let commit = place
            .commit()
            .filter(|commit| folders.len() < MOST_PLACES && folders.insert((commit.id, folder)));
        for (path, bytes) in commit.map(|commit| files.beside(commit.id, path, is_named)).unwrap_or_default()
        {
            certificates.keep_some(path, Some(bytes));
        }
    }
    certificates
}

/// Armour, the same encoded once more, or DER: a sequence of a sequence.
fn may_have_one(bytes: &[u8]) -> bool {
    let has = |words: &[u8]| memchr::memmem::find(bytes, words).is_some();
    matches!(bytes, [0x30, 0x82, _, _, 0x30, ..])
        || has(b"BEGIN CERTIFICATE")
        || has(b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS")
}

/// What a certificate says of its key; there are `count` of that key.
fn facts(path: &str, certificate: &Certificate, count: usize) -> Vec<Fact> {
    let Certificate { subject, names, issuer, is_self_signed, is_authority, valid, .. } = certificate;
    let printable = |text: &str| text.chars().filter(|one| !one.is_control()).take(200).collect::<String>();
    let mut whose: Vec<String> = names.iter().take(MOST_NAMES).map(|name| printable(name)).collect();
    if whose.is_empty() {
        whose.push(printable(subject));
    }
    if let Some(more) = names.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        whose.push(format!("{more} more"));
    }
    let authority = if *is_authority { "authority " } else { "" };
    let path = if path.is_empty() { String::new() } else { format!(" in {}", printable(path)) };
    let others = if count > 1 { format!(", and {} more of this key", count - 1) } else { String::new() };
    let issuer = if *is_self_signed { "itself".to_owned() } else { printable(issuer) };
    let end = certificate.end();
    let is_over = valid.1 < Timestamp::now().as_second();
    let whose = format!("{authority}{}{path}{others}", whose.join(", "));
    vec![
        Fact::new(FactKind::Certificate, whose),
        Fact::new(FactKind::Expires, if is_over { format!("{end}, which is over") } else { end }),
        Fact::new(FactKind::Issuer, issuer),
    ]
}

/// The same for people.
fn sentence(facts: &[Fact]) -> String {
    let of = |kind| facts.iter().find(|fact| fact.kind == kind).map(|fact| &*fact.value).unwrap_or_default();
    let (whose, end, issuer) = (of(FactKind::Certificate), of(FactKind::Expires), of(FactKind::Issuer));
    format!("is the key of a certificate ({whose}), issued by {issuer}, valid until {end}")
}
