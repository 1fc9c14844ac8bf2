//! The same over real files, if a directory of them is given.

use super::brute::{Brute, Spot, Visible};
use super::derived::edit;
use super::noise::Noise;
use keydredge::model::Piece;
use keydredge::rules::{Catalogue, Matcher};
use keydredge::scan::{Scanner, Scratch, is_placeholder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files under the directory that `KEYDREDGE_ORACLE_DIR` names.
fn files() -> Vec<PathBuf> {
    let root = std::env::var_os("KEYDREDGE_ORACLE_DIR").expect("KEYDREDGE_ORACLE_DIR names a directory");
    let mut files = Vec::new();
    collect(Path::new(&root), &mut files);
    files
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

/// Rule, match and secret as bytes of the blob, of what the engine finds in plain text by patterns.
fn scanned(scanner: &Scanner, patterns: &[bool], blob: &[u8], scratch: &mut Scratch) -> BTreeSet<Spot> {
    scanner
        .scan(&Piece::whole(blob), scratch)
        .iter()
        .filter(|found| found.candidate.decoded_by.is_empty())
        .filter(|found| patterns[found.candidate.rule.0 as usize])
        .map(|found| (found.candidate.rule.0, found.span(), found.secret_span()))
        .collect()
}

#[test]
#[ignore = "reads the files under KEYDREDGE_ORACLE_DIR"]
fn a_scan_of_real_files_finds_exactly_what_brute_force_finds() {
    let mut catalogue = Catalogue::embedded();
    for rule in catalogue.rules_mut() {
        // Checks of the value come after the match; only matches are compared here.
        (rule.entropy, rule.check) = (None, None);
    }
    let patterns: Vec<bool> =
        catalogue.rules().iter().map(|rule| matches!(rule.matcher, Matcher::Pattern { .. })).collect();
    let words: Vec<(u32, &[u8])> = (0..)
        .zip(catalogue.rules())
        .flat_map(|(index, rule)| rule.keywords.iter().map(move |keyword| (index, keyword.as_slice())))
        .collect();
    let automaton = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words.iter().map(|(_, keyword)| keyword))
        .expect("the keywords fit an automaton");
    let (scanner, brute) = (Scanner::new(&catalogue), Brute::new(&catalogue));
    let mut scratch = Scratch::default();
    let (mut files_read, mut total) = (0, 0);
    for path in files() {
        let Ok(blob) = std::fs::read(&path) else { continue };
        let mut expected: BTreeSet<Spot> = automaton
            .find_overlapping_iter(&blob)
            .filter_map(|hit| brute.at(words[hit.pattern().as_usize()].0, &blob, hit.start(), hit.len()))
            .collect();
        let visible = Visible::of(&blob);
        if visible.bytes.len() < blob.len() {
            expected.extend(automaton.find_overlapping_iter(&visible.bytes).filter_map(|hit| {
                brute.through(words[hit.pattern().as_usize()].0, &visible, hit.start(), hit.len())
            }));
        }
        expected
            .retain(|(_, _, secret)| !is_placeholder(&Visible::of(&blob[secret.start..secret.end]).bytes));
        assert_eq!(scanned(&scanner, &patterns, &blob, &mut scratch), expected, "{}", path.display());
        files_read += 1;
        total += expected.len();
    }
    assert!(files_read > 0, "KEYDREDGE_ORACLE_DIR holds no file");
    assert!(total > 0, "{files_read} files held no candidate to compare");
}

#[test]
#[ignore = "reads the files under KEYDREDGE_ORACLE_DIR"]
fn edits_of_real_files_derive_to_the_scan_of_the_whole() {
    let scanner = Scanner::new(&Catalogue::embedded());
    let mut scratch = Scratch::default();
    let mut noise = Noise::new(7);
    for path in files() {
        let Ok(blob) = std::fs::read(&path) else { continue };
        let kept = scanner.keep(&blob, &mut scratch);
        let (next, copied) = edit(&blob, &mut noise);
        let derived = scanner.derive(&kept, &next, &copied, &mut scratch);
        assert_eq!(derived, scanner.keep(&next, &mut scratch), "{}", path.display());
    }
}
