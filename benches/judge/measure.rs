//! Measures the judge on held-out repositories: precision and recall, reliability, noise.

use crate::examples::{Data, Labelled};
use crate::labelled::{Truth, View};
use crate::scanned::File;
use keydredge::model::{Confidence, Finding};
use keydredge::scan::verdict::Model;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;

/// Prints the figures; lists what was false and what was missed in `target/judge`.
pub(crate) fn evaluate(data: &Data, models: &[Model]) -> Result<(), String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/judge");
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    for (view, _, files) in data.views.iter().take(3) {
        let (name, list) = labelled(data, models, *view, files);
        fs::write(format!("{folder}/{name}.tsv"), list).map_err(|error| error.to_string())?;
    }
    println!("\n== all draws as written");
    let written = data.views.iter().filter(|one| matches!(one.0, View::AsWritten(_)));
    reliability(data, models, &written.map(|one| &one.2[..]).collect::<Vec<_>>());
    made(data, models);
    let list = noise(data, models);
    fs::write(format!("{folder}/noise.tsv"), list).map_err(|error| error.to_string())
}

/// Precision, recall, F1.
fn ratios(found: usize, missed: usize, wrong: usize) -> String {
    let share = |of: usize, all: usize| of as f64 / all.max(1) as f64;
    let (precision, recall) = (share(found, found + wrong), share(found, found + missed));
    let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
    format!("{:6}{found:7}{wrong:7}   P {precision:.3}  R {recall:.3}  F1 {f1:.3}", found + missed)
}

fn labelled(data: &Data, models: &[Model], view: View, files: &[Labelled]) -> (String, String) {
    let only: Vec<File> = files.iter().map(|one| one.file.clone()).collect();
    let model = |at: usize| &models[data.folds[&data.labels[files[at].label].repo]];
    let findings = data.engine.findings(&only, model, Confidence::Low);
    let by_path: HashMap<&str, &Labelled> = files.iter().map(|one| (&*one.sample.path, one)).collect();
    // The best finding on each judged line.
    let mut lines: BTreeMap<(&str, u64), (&Finding, u16)> = BTreeMap::new();
    for finding in &findings {
        let score = finding.score.0;
        for occurrence in &finding.occurrences {
            let Some(path) = occurrence.place.path.as_deref() else { continue };
            let one = by_path[path];
            let location = occurrence.location;
            if location.end_line < *one.sample.lines.start() || location.line > *one.sample.lines.end() {
                continue;
            }
            let best = lines.entry((&*one.sample.path, location.line)).or_insert((finding, score));
            if score > best.1 {
                *best = (finding, score);
            }
        }
    }
    let name = match view {
        View::Obfuscated => "obfuscated".to_owned(),
        View::AsWritten(number) => format!("as-written-{number}"),
    };
    println!("\n== {name}");
    let mut list = String::new();
    for least in [500_u16, 300, 400, 600, 700, 800, 950] {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut wrong: BTreeMap<(&str, u64), &Finding> = BTreeMap::new();
        for (&(path, line), &(finding, score)) in &lines {
            if score < least {
                continue;
            }
            match data.labels[by_path[path].label].truth() {
                Truth::Secret => _ = found.insert(path),
                Truth::Innocent => _ = wrong.insert((path, line), finding),
                Truth::Ignored => {}
            }
        }
        let secrets: Vec<&Labelled> =
            files.iter().filter(|one| data.labels[one.label].truth() == Truth::Secret).collect();
        let missed: Vec<_> = secrets.iter().filter(|one| !found.contains(&*one.sample.path)).collect();
        println!("{least:4} lines     {}", ratios(found.len(), missed.len(), wrong.len()));
        let unit = |one: &Labelled| {
            let label = &data.labels[one.label];
            (label.repo.clone(), label.key.to_string())
        };
        let units: BTreeSet<_> = secrets.iter().map(|one| unit(one)).collect();
        let hit: BTreeSet<_> = found.iter().map(|path| unit(by_path[path])).collect();
        let wrong_units: BTreeSet<_> = wrong
            .iter()
            .map(|((path, _), finding)| (&data.labels[by_path[path].label].repo, finding.secret.expose()))
            .collect();
        println!("     distinct  {}", ratios(hit.len(), units.len() - hit.len(), wrong_units.len()));
        if least == 500 {
            let mut groups: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
            for one in &secrets {
                let counts = groups.entry(data.labels[one.label].group()).or_default();
                counts[usize::from(!found.contains(&*one.sample.path))] += 1;
            }
            for (path, _) in wrong.keys() {
                groups.entry(data.labels[by_path[path].label].group()).or_default()[2] += 1;
            }
            for (group, [found, missed, wrong]) in groups {
                println!("     {group:18}{}", ratios(found, missed, wrong));
            }
            for one in missed {
                let best = one.file.judged().map(|(candidate, features, lines)| {
                    let model = &models[data.folds[&data.labels[one.label].repo]];
                    let on = lines.1 >= *one.sample.lines.start() && lines.0 <= *one.sample.lines.end();
                    (on, model.calibrated(model.sum(features)), candidate.identifier.clone())
                });
                let best = best.filter(|one| one.0).max_by_key(|one| one.1);
                let text: Vec<&str> =
                    one.sample.text.lines().skip(*one.sample.lines.start() as usize - 1).take(1).collect();
                let _ = writeln!(
                    list,
                    "missed\t{}\t{}\t{}\t{:?}\t{}",
                    one.sample.path,
                    best.as_ref().map_or(0, |best| best.1),
                    data.labels[one.label].group(),
                    one.sample.values.first(),
                    text.join("").trim().chars().take(150).collect::<String>(),
                );
            }
            for ((path, line), finding) in wrong {
                let score = lines[&(path, line)].1;
                let secret = String::from_utf8_lossy(finding.secret.expose()).into_owned();
                let _ = writeln!(
                    list,
                    "false\t{path}:{line}\t{score}\t{}\t{:?}\t{secret}",
                    finding.rule.id, finding.identifier
                );
            }
        }
    }
    reliability(data, models, &[files]);
    (name, list)
}

/// For each tenth: the predicted and the actual share; by line, and with each value of a repository once in each draw.
fn reliability(data: &Data, models: &[Model], draws: &[&[Labelled]]) {
    let mut tenths = [[(0.0, 0.0, 0.0); 10]; 2];
    let mut seen = BTreeSet::new();
    let files = draws.iter().enumerate().flat_map(|(draw, files)| files.iter().map(move |file| (draw, file)));
    for (draw, Labelled { label, sample, file }) in files {
        let label = &data.labels[*label];
        let truth = label.truth();
        if truth == Truth::Ignored {
            continue;
        }
        let model = &models[data.folds[&label.repo]];
        for (candidate, features, (first, last)) in file.judged() {
            if last < *sample.lines.start() || first > *sample.lines.end() {
                continue;
            }
            let likely = f64::from(model.calibrated(model.sum(features))) / 1000.0;
            let is_new = match truth {
                Truth::Secret => seen.insert((draw, label.repo.clone(), label.key.to_string(), Vec::new())),
                _ => {
                    let name = candidate.identifier.as_deref().unwrap_or_default().to_owned();
                    seen.insert((draw, label.repo.clone(), name, candidate.secret.expose().to_vec()))
                }
            };
            let tenth = ((likely * 10.0) as usize).min(9);
            for cells in &mut tenths[..=usize::from(is_new)] {
                let cell = &mut cells[tenth];
                *cell = (cell.0 + 1.0, cell.1 + likely, cell.2 + f64::from(u8::from(truth == Truth::Secret)));
            }
        }
    }
    println!("tenth      lines  foretold  true    |  distinct  foretold  true");
    let [lines, values] = tenths;
    let cell = |(count, likely, truths): (f64, f64, f64)| {
        let each = count.max(1.0);
        format!("{count:7}    {:.3}   {:.3}", likely / each, truths / each)
    };
    for (tenth, (line, value)) in lines.into_iter().zip(values).enumerate() {
        println!(".{tenth}     {}   |  {}", cell(line), cell(value));
    }
}

/// Of the made lines with drawn values that the parser reads: how many are at medium. (They are learnt from in every
/// fold, so this shows what was learnt, not how it generalises.)
fn made(data: &Data, models: &[Model]) {
    let (mut read, mut medium, mut quiet, mut others) = (0, 0, 0, 0);
    for (file, _, truth) in &data.made {
        let most = file.judged().map(|(_, features, _)| models[0].calibrated(models[0].sum(features))).max();
        let Some(most) = most else { continue };
        if *truth {
            read += 1;
            medium += usize::from(most >= 500);
        } else {
            others += 1;
            quiet += usize::from(most < 500);
        }
    }
    println!("\n== made lines: {medium} of {read} drawn values at medium; {quiet} of {others} names below");
}

/// Findings a megabyte on trees in which nearly nothing is a secret.
fn noise(data: &Data, models: &[Model]) -> String {
    println!("\n== trees: findings at high and better, at medium and better, of these by generic rules");
    let mut list = String::new();
    for tree in &data.trees {
        let findings = data.engine.findings(&tree.files, |_| &models[tree.fold], Confidence::Medium);
        let count = |least: Confidence, generic: bool| {
            findings.iter().filter(|one| one.confidence >= least && (one.rule.generic || !generic)).count()
        };
        let megabytes = tree.bytes as f64 / 1e6;
        if findings.is_empty() && megabytes < 3.0 {
            continue;
        }
        let fails = findings.iter().filter(|one| !one.is_suppressed()).count();
        println!(
            "{:60} {megabytes:8.1} MB  high {:3} ({:.3})  medium {:4} ({:.3})  generic {:3} {:4}  fails {fails}",
            tree.name,
            count(Confidence::High, false),
            count(Confidence::High, false) as f64 / megabytes,
            count(Confidence::Medium, false),
            count(Confidence::Medium, false) as f64 / megabytes,
            count(Confidence::High, true),
            count(Confidence::Medium, true),
        );
        for finding in &findings {
            let first = &finding.occurrences[0];
            let secret = String::from_utf8_lossy(finding.secret.expose()).replace(['\n', '\r'], " ");
            let _ = writeln!(
                list,
                "{}\t{}\t{}\t{}:{}\t{}\t{}\t{}",
                finding.score.0,
                finding.rule.id,
                tree.name,
                first.place.path.as_deref().unwrap_or_default(),
                first.location.line,
                finding.occurrences.len(),
                finding.identifier.as_deref().unwrap_or_default(),
                secret.chars().take(80).collect::<String>(),
            );
        }
    }
    list
}
