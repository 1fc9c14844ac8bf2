//! What the parser reads in texts and trees, before anything is judged; and findings of it under a model.

use keydredge::findings::{self, Hit, Policy, Side, Sighting};
use keydredge::model::{
    Candidate, Check, Confidence, Finding, Found, Location, Piece, Place, RuleInfo, Severity, Source,
};
use keydredge::rules::Catalogue;
use keydredge::scan::verdict::{self, Features, Model};
use keydredge::scan::{Scanner, Scratch};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The engine, which drops nothing for its score.
pub(crate) struct Engine {
    scanner: Scanner,
    /// The rules.
    pub(crate) rules: Vec<Arc<RuleInfo>>,
}

/// A file, and what was read in it.
#[derive(Clone)]
pub(crate) struct File {
    /// Its path, for judging.
    pub(crate) path: Arc<str>,
    /// The whole list, for settling anew.
    found: Vec<(Found, Option<Features>)>,
    starts: Vec<usize>,
}

impl Engine {
    /// The engine with the rules of this build.
    pub(crate) fn new() -> Self {
        verdict::keep_all();
        let catalogue = Catalogue::embedded();
        let rules = catalogue.rules().iter().map(|rule| Arc::clone(&rule.info)).collect();
        Self { scanner: Scanner::new(&catalogue), rules }
    }

    /// Reads one file.
    pub(crate) fn read(&self, path: &str, bytes: &[u8], scratch: &mut Scratch) -> File {
        let found = self.scanner.scan(&Piece::whole(bytes), scratch);
        let starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|feed| feed + 1)).collect();
        let found = found.into_iter().map(|one| {
            let is_judged = one.candidate.check == Check::None;
            let features = is_judged.then(|| verdict::features(&one.candidate)).flatten();
            (one, features)
        });
        let mut file = File { path: path.into(), found: found.collect(), starts };
        // Most files contain no candidate, and their lines need no memory.
        if file.found.is_empty() {
            file.starts = Vec::new();
        }
        file
    }

    /// Reads every file of a tree.
    pub(crate) fn read_tree(&self, root: &Path) -> (Vec<File>, u64) {
        let (mut files, mut bytes) = (Vec::new(), 0);
        let mut scratch = Scratch::default();
        let mut paths = Vec::new();
        collect(root, &mut paths);
        paths.sort();
        for path in paths {
            let Ok(text) = fs::read(&path) else { continue };
            bytes += text.len() as u64;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let file = self.read(&name, &text, &mut scratch);
            if !file.found.is_empty() {
                files.push(file);
            }
        }
        (files, bytes)
    }

    /// The findings of files, each judged by the model that `model` gives for it.
    pub(crate) fn findings<'m>(
        &self,
        files: &[File],
        model: impl Fn(usize) -> &'m Model,
        least: Confidence,
    ) -> Vec<Finding> {
        let sightings =
            files.iter().enumerate().map(|(at, file)| file.sighting(model(at), &self.rules)).collect();
        let policy = Policy::default();
        let options = findings::Options {
            rules: &self.rules,
            min_confidence: least,
            fail_on: Severity::Low,
            policy: &policy,
            before: None,
            after: None,
            new_allows: None,
            today: jiff::civil::date(2026, 6, 1),
            report_expired: false,
            markers: &[],
            unused_allows: keydredge::model::UnusedAllows::Ignore,
            report_unused: false,
            left_out: None,
            fail_in_tests: false,
            explain: verdict::reasons,
            roots: &[],
        };
        findings::assemble(sightings, Vec::new(), &options).findings
    }
}

impl File {
    /// What the parser read, with its features and its lines.
    pub(crate) fn judged(&self) -> impl Iterator<Item = (&Candidate, &Features, (u64, u64))> {
        self.found.iter().filter_map(|(found, features)| {
            let location = self.location(found);
            Some((&*found.candidate, features.as_ref()?, (location.line, location.end_line)))
        })
    }

    fn location(&self, found: &Found) -> Location {
        let span = found.secret_span();
        let line = |at: usize| self.starts.partition_point(|&start| start <= at) as u64;
        let last = span.end.saturating_sub(1).max(span.start);
        Location {
            line: line(span.start),
            column: 1,
            utf16_column: 1,
            end_line: line(last),
            end_column: 2,
            utf16_end_column: 2,
            start: span.start as u64,
            end: span.end as u64,
        }
    }

    fn sighting(&self, model: &Model, rules: &[Arc<RuleInfo>]) -> Sighting {
        let scored = self.found.iter().filter_map(|(found, features)| {
            let mut found = found.clone();
            if let Some(features) = features {
                let score = verdict::score(model, &found.candidate, features)?;
                Arc::make_mut(&mut found.candidate).score = score;
            }
            Some(found)
        });
        let settled = findings::settle(scored.collect(), rules).found;
        let hits = settled
            .into_iter()
            .map(|found| Hit { location: self.location(&found), found, allows: Vec::new() })
            .collect();
        let place = Place { path: Some(self.path.clone()), source: Source::File };
        Sighting { place, hits, side: Side::Head }
    }
}

fn collect(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => collect(&entry.path(), into),
            Ok(kind) if kind.is_file() => into.push(entry.path()),
            _ => {}
        }
    }
}
