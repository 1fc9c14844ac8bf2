//! The examples that the judge learns from, weighed so that no repository and no view dominates.

use crate::boost::{self, Row, Settings};
use crate::human::Words;
use crate::labelled::{self, Label, Sample, Truth, View};
use crate::made;
use crate::scanned::{Engine, File};
use keydredge::scan::Scratch;
use keydredge::scan::verdict::Model;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Folds of repositories; each is judged by a model learnt from the others.
pub(crate) const FOLDS: usize = 10;

/// The views that are learnt from, and the weight of each.
pub(crate) const VIEWS: [(View, f64); 4] = [
    (View::Obfuscated, 1.0),
    (View::AsWritten(0), 0.5),
    (View::AsWritten(1), 0.5),
    (View::AsWritten(2), 0.5),
];

/// The weight of all candidates of clean trees together, relative to the innocent labelled ones.
const CLEAN: f64 = 0.7;

/// The weight of all made lines with secrets together, relative to the labelled secrets; those without have the same.
const MADE: f64 = 0.2;

/// The weight of an example, a placeholder or a test's value.
const EXAMPLE: f64 = 0.3;

/// How the judge is learnt.
pub(crate) const SETTINGS: Settings =
    Settings { trees: 240, rate: 0.08, damping: 5.0, least: 4.0, asked: 60 };

/// A label in a view, and what was read there.
pub(crate) struct Labelled {
    /// Which label.
    pub(crate) label: usize,
    /// Its file.
    pub(crate) sample: Sample,
    /// What was read.
    pub(crate) file: File,
}

/// A tree in which nearly nothing is a secret.
pub(crate) struct Tree {
    /// Its name.
    pub(crate) name: String,
    /// Its files with candidates.
    pub(crate) files: Vec<File>,
    /// Bytes that were read.
    pub(crate) bytes: u64,
    /// Its fold.
    pub(crate) fold: usize,
}

/// Everything there is to learn from.
pub(crate) struct Data {
    /// The engine that read it.
    pub(crate) engine: Engine,
    /// The labels.
    pub(crate) labels: Vec<Label>,
    /// The fold of each repository.
    pub(crate) folds: HashMap<String, usize>,
    /// The labelled files in each view.
    pub(crate) views: Vec<(View, f64, Vec<Labelled>)>,
    /// The trees.
    pub(crate) trees: Vec<Tree>,
    /// Made lines, with the value on each and whether it is a secret.
    pub(crate) made: Vec<(File, String, bool)>,
}

impl Data {
    /// Reads it all.
    pub(crate) fn read(labels: &Path, words: &[String], trees: &[PathBuf]) -> Result<Self, String> {
        let engine = Engine::new();
        let labels = Label::read_all(labels)?;
        let texts = words.iter().map(|path| std::fs::read(path).map_err(|error| format!("{path}: {error}")));
        let words = Words::of(&texts.collect::<Result<Vec<_>, _>>()?);
        let folds = labelled::folds(&labels, FOLDS);
        let view = |&(view, weight): &(View, f64)| {
            let mut scratch = Scratch::default();
            let read = |(label, one): (usize, &Label)| {
                let sample = one.sample(view, &words);
                let file = engine.read(&sample.path, sample.text.as_bytes(), &mut scratch);
                Labelled { label, sample, file }
            };
            (view, weight, labels.iter().enumerate().map(read).collect())
        };
        let views = VIEWS.par_iter().map(view).collect();
        let read = |(at, path): (usize, &PathBuf)| {
            let (files, bytes) = engine.read_tree(path);
            Tree { name: path.to_string_lossy().into_owned(), files, bytes, fold: at % FOLDS }
        };
        let trees = trees.par_iter().enumerate().map(read).collect();
        let mut scratch = Scratch::default();
        let lines = made::lines(&words).into_iter();
        let made = lines
            .map(|(line, value, truth)| (engine.read("made", line.as_bytes(), &mut scratch), value, truth))
            .collect();
        Ok(Self { engine, labels, folds, views, trees, made })
    }

    /// The examples outside a fold, or all.
    pub(crate) fn rows(&self, without: Option<usize>) -> Vec<Row> {
        let mut rows = self.labelled_rows(without);
        let innocent: f64 = rows.iter().filter(|row| !row.truth).map(|row| row.weight).sum();
        let clean = self.clean_rows(without);
        let all: f64 = clean.iter().map(|row| row.weight).sum();
        let factor = CLEAN * innocent / all.max(1e-9);
        let secret: f64 = rows.iter().filter(|row| row.truth).map(|row| row.weight).sum();
        rows.extend(self.made_rows(MADE * secret));
        rows.extend(clean.into_iter().map(|row| Row { weight: row.weight * factor, ..row }));
        rows
    }

    fn labelled_rows(&self, without: Option<usize>) -> Vec<Row> {
        let repeats = labelled::repeats(&self.labels);
        let mut rows = Vec::new();
        for (_, view_weight, files) in &self.views {
            let mut seen: HashMap<(&str, &str, &[u8]), f64> = HashMap::new();
            let mut own: Vec<(&str, Row)> = Vec::new();
            for Labelled { label, sample, file } in files {
                let label = &self.labels[*label];
                if without == Some(self.folds[&label.repo]) {
                    continue;
                }
                let truth = label.truth();
                if truth == Truth::Ignored && !label.is_example() {
                    continue;
                }
                for (candidate, features, (first, last)) in file.judged() {
                    if last < *sample.lines.start() || first > *sample.lines.end() {
                        continue;
                    }
                    let secret = String::from_utf8_lossy(candidate.secret.expose());
                    let is_secret = sample.values.iter().any(|value| labelled::is_same(&secret, value));
                    if truth == Truth::Secret && !is_secret {
                        continue;
                    }
                    let weight = match truth {
                        Truth::Secret => {
                            let key = (label.repo.clone(), label.key.to_string());
                            1.0 / (repeats.get(&key).copied().unwrap_or(1) as f64).sqrt()
                        }
                        _ => {
                            let name = candidate.identifier.as_deref().unwrap_or_default();
                            let times =
                                seen.entry((&label.repo, name, candidate.secret.expose())).or_insert(0.0);
                            *times += 1.0;
                            let share = times.sqrt() - (*times - 1.0).sqrt();
                            share * if label.is_example() { EXAMPLE } else { 1.0 }
                        }
                    };
                    let row = Row {
                        features: features.clone(),
                        truth: truth == Truth::Secret,
                        weight: weight * view_weight,
                    };
                    own.push((&label.repo, row));
                }
            }
            weigh(&mut own);
            rows.extend(own.into_iter().map(|one| one.1));
        }
        rows
    }

    /// The made examples; secrets weigh `all` together, and so do the others.
    fn made_rows(&self, all: f64) -> Vec<Row> {
        let mut rows = Vec::new();
        for (file, value, truth) in &self.made {
            let judged = file.judged().find(|(candidate, ..)| {
                labelled::is_same(&String::from_utf8_lossy(candidate.secret.expose()), value)
            });
            rows.extend(judged.map(|(_, features, _)| Row {
                features: features.clone(),
                truth: *truth,
                weight: 1.0,
            }));
        }
        for truth in [true, false] {
            let count = rows.iter().filter(|row| row.truth == truth).count().max(1) as f64;
            rows.iter_mut().filter(|row| row.truth == truth).for_each(|row| row.weight = all / count);
        }
        rows
    }

    fn clean_rows(&self, without: Option<usize>) -> Vec<Row> {
        let mut own: Vec<(&str, Row)> = Vec::new();
        for tree in self.trees.iter().filter(|tree| without != Some(tree.fold)) {
            let mut seen = HashSet::new();
            for file in &tree.files {
                for (candidate, features, _) in file.judged() {
                    if seen.insert((candidate.identifier.as_deref(), candidate.secret.expose())) {
                        own.push((&tree.name, Row { features: features.clone(), truth: false, weight: 1.0 }));
                    }
                }
            }
        }
        weigh(&mut own);
        own.into_iter().map(|one| one.1).collect()
    }

    /// What is learnt without a fold, or from all: no probabilities yet, only sums.
    pub(crate) fn learn(&self, without: Option<usize>) -> (i32, Vec<keydredge::scan::verdict::Tree>) {
        boost::learn(&self.rows(without), &SETTINGS, "keydredge")
    }

    /// Models of all folds, each with the probabilities that the other folds' held-out lines give; and the knots of
    /// all.
    pub(crate) fn fold_models(&self) -> (Vec<Model>, Vec<(i32, u16)>) {
        let raw: Vec<_> = (0..FOLDS).into_par_iter().map(|fold| self.learn(Some(fold))).collect();
        let sums: Vec<Model> =
            raw.iter().map(|(base, trees)| Model::new(*base, trees.clone(), vec![(0, 500)])).collect();
        let samples = self.held_out(&sums);
        let knots = |without: Option<usize>| {
            let some: Vec<_> = samples.iter().filter(|one| Some(one.0) != without).map(|one| one.1).collect();
            boost::calibrate(&some)
        };
        let models = raw.into_iter().enumerate();
        let models = models.map(|(fold, (base, trees))| Model::new(base, trees, knots(Some(fold)))).collect();
        (models, knots(None))
    }

    /// Of each candidate on judged lines, as written: its fold, and its sum under the fold's model with its truth. A
    /// repeated value counts once, since a finding is a value, wherever it is.
    fn held_out(&self, models: &[Model]) -> Vec<(usize, (i32, bool, f64))> {
        let mut samples = Vec::new();
        for (view, _, files) in &self.views {
            if !matches!(view, View::AsWritten(_)) {
                continue;
            }
            let mut own = Vec::new();
            let mut times: HashMap<(String, String, Vec<u8>), f64> = HashMap::new();
            for Labelled { label, sample, file } in files {
                let label = &self.labels[*label];
                let (truth, fold) = (label.truth(), self.folds[&label.repo]);
                if truth == Truth::Ignored {
                    continue;
                }
                for (candidate, features, (first, last)) in file.judged() {
                    if last < *sample.lines.start() || first > *sample.lines.end() {
                        continue;
                    }
                    let what = match truth {
                        Truth::Secret => (label.repo.clone(), label.key.to_string(), Vec::new()),
                        _ => {
                            let name = candidate.identifier.as_deref().unwrap_or_default().to_owned();
                            (label.repo.clone(), name, candidate.secret.expose().to_vec())
                        }
                    };
                    *times.entry(what.clone()).or_insert(0.0) += 1.0;
                    own.push((what, fold, models[fold].sum(features), truth == Truth::Secret));
                }
            }
            samples.extend(
                own.into_iter().map(|(what, fold, sum, truth)| (fold, (sum, truth, 1.0 / times[&what]))),
            );
        }
        samples
    }

    /// The model of all examples, with the probabilities of held-out ones.
    pub(crate) fn train(&self, knots: Vec<(i32, u16)>) -> Model {
        let (base, trees) = self.learn(None);
        Model::new(base, trees, knots)
    }
}

/// Weighs examples so that a repository counts as the square root of its examples.
fn weigh(rows: &mut [(&str, Row)]) {
    let mut totals: HashMap<&str, f64> = HashMap::new();
    for (repo, row) in rows.iter() {
        *totals.entry(repo).or_insert(0.0) += row.weight;
    }
    let before: f64 = totals.values().sum();
    let after: f64 = totals.values().map(|total| total.sqrt()).sum();
    for (repo, row) in rows {
        row.weight *= before / after / totals[repo].sqrt();
    }
}
