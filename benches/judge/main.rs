//! The judge of assignments: learnt, measured and timed, from data outside this repository.
//!
//! ```text
//! cargo bench --bench judge -- train    LABELS WORDS… -- TREE…   writes src/scan/generic/judge.bin, and the figures
//! cargo bench --bench judge -- evaluate LABELS WORDS… -- TREE…   cross-validated figures, by repository
//! cargo bench --bench judge -- dump     LABELS WORDS… -- TREE…   features, one candidate a line
//! cargo bench --bench judge -- time     [TREE…]                  nanoseconds a candidate
//! ```
//!
//! LABELS is a file of labelled lines, WORDS are texts with words that people use, a TREE is a folder in which nearly
//! nothing is a secret; a folder whose name ends in `/*` means each folder in it. docs/judge.md has the recipe and the
//! results.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]

mod boost;
mod draw;
mod examples;
mod human;
mod labelled;
mod made;
mod measure;
mod scanned;

use examples::Data;
use keydredge::scan::verdict::{self, FEATURES, Features, Model};
use scanned::Engine;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// The file of the model of this build.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scan/generic/judge.bin");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("judge: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let Some((command, rest)) = arguments.split_first() else {
        // `cargo bench` runs all benches without arguments.
        time(&[]);
        return Ok(());
    };
    if command == "time" {
        time(rest);
        return Ok(());
    }
    let middle = rest.iter().position(|one| one == "--").unwrap_or(rest.len());
    let (labels, words) = rest[..middle].split_first().ok_or("name a file of labels")?;
    let trees = each_tree(rest.get(middle + 1..).unwrap_or_default())?;
    let data = Data::read(Path::new(labels), words, &trees)?;
    match &**command {
        "train" => {
            let (models, knots) = data.fold_models();
            let file = data.train(knots).write();
            fs::write(MODEL, &file).map_err(|error| error.to_string())?;
            println!("{} bytes", file.len());
            measure::evaluate(&data, &models)?;
        }
        "evaluate" => measure::evaluate(&data, &data.fold_models().0)?,
        "dump" => dump(&data),
        other => return Err(format!("`{other}` is none of train, evaluate, dump, time")),
    }
    Ok(())
}

/// The folders named, those of `x/*` each.
fn each_tree(named: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut trees = Vec::new();
    for name in named {
        match name.strip_suffix("/*") {
            None => trees.push(PathBuf::from(name)),
            Some(folder) => {
                let entries = fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
                let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
                inside.retain(|path| path.is_dir());
                inside.sort();
                trees.extend(inside);
            }
        }
    }
    Ok(trees)
}

fn dump(data: &Data) {
    let names: Vec<&str> = FEATURES.iter().map(|one| one.0).collect();
    println!("truth\tweight\t{}", names.join("\t"));
    for row in data.rows(None) {
        let values: Vec<String> = row.features.0[..FEATURES.len()].iter().map(ToString::to_string).collect();
        println!("{}\t{:.4}\t{}", u8::from(row.truth), row.weight, values.join("\t"));
    }
}

/// Times the judge over the candidates of trees, or of made-up lines.
fn time(trees: &[String]) {
    let engine = Engine::new();
    let mut candidates = Vec::new();
    for tree in trees {
        let (files, _) = engine.read_tree(Path::new(tree));
        candidates
            .extend(files.iter().flat_map(|file| file.judged().map(|one| one.0.clone()).collect::<Vec<_>>()));
    }
    if candidates.is_empty() {
        let mut draw = draw::Draw::of("time");
        let line = |number: usize| {
            let value: String = (0..6 + number % 30)
                .map(|_| char::from(b"abcdefghijKLMNOP0123456789_-"[draw.below(28)]))
                .collect();
            format!("db_password_{number} = \"{value}\"\n")
        };
        let text: String = (0..20_000).map(line).collect();
        let file = engine.read("a.py", text.as_bytes(), &mut keydredge::scan::Scratch::default());
        candidates.extend(file.judged().map(|one| one.0.clone()));
    }
    let model = Model::shipped();
    let count = candidates.len().max(1) as u32;
    for _ in 0..3 {
        let start = Instant::now();
        let features: Vec<Features> = candidates.iter().filter_map(verdict::features).collect();
        let pairs = candidates.iter().zip(&features);
        let measured = start.elapsed();
        let start = Instant::now();
        let kept =
            pairs.filter(|(one, features)| black_box(verdict::score(model, one, features)).is_some()).count();
        let judged = start.elapsed();
        let start = Instant::now();
        for one in &features {
            black_box(model.contributions(one));
        }
        let explained = start.elapsed();
        println!(
            "{count} candidates: features {:?}, trees {:?}, together {:?} each; {kept} kept; explained {:?} each",
            measured / count,
            judged / count,
            (measured + judged) / count,
            explained / count,
        );
    }
}
