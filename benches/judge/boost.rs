//! Boosted trees: logistic loss, histograms, complete trees of one depth. One thread, no library, and no
//! function of the system's, so that the same rows give the same bytes on every machine.

use crate::draw::Draw;
use keydredge::scan::verdict::{COUNT, DEPTH, FEATURES, Features, INNER, LEAVES, Node, Tree, UNIT};

/// One example.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What the judge sees.
    pub(crate) features: Features,
    /// Whether it is a secret.
    pub(crate) truth: bool,
    /// Its weight.
    pub(crate) weight: f64,
}

/// Settings of the learning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// How many trees.
    pub(crate) trees: usize,
    /// The learning rate: the share of each tree's output that is added.
    pub(crate) rate: f64,
    /// The regularisation of a leaf's output.
    pub(crate) damping: f64,
    /// The least weight of both children, as the loss sees it.
    pub(crate) least: f64,
    /// Of a hundred features, how many a tree may use.
    pub(crate) asked: usize,
}

/// The most thresholds of a feature.
const MOST_BINS: usize = 64;

/// Features as positions among thresholds, feature by feature.
struct Binned {
    thresholds: Vec<Vec<i16>>,
    bins: Vec<Vec<u8>>,
}

impl Binned {
    fn of(rows: &[Row]) -> Self {
        let mut binned = Self { thresholds: Vec::new(), bins: Vec::new() };
        for at in 0..FEATURES.len() {
            let mut values: Vec<i16> = rows.iter().map(|row| row.features.0[at]).collect();
            values.sort_unstable();
            let mut distinct = values.clone();
            distinct.dedup();
            distinct.pop();
            if distinct.len() >= MOST_BINS {
                let step = values.len() / MOST_BINS;
                distinct = (1..MOST_BINS).map(|bin| values[bin * step]).collect();
                distinct.dedup();
            }
            let bin = |row: &Row| distinct.partition_point(|&threshold| threshold < row.features.0[at]) as u8;
            binned.bins.push(rows.iter().map(bin).collect());
            binned.thresholds.push(distinct);
        }
        binned
    }
}

/// The first and second derivative of the loss, summed.
#[derive(Clone, Copy, Default)]
struct Pull {
    slope: f64,
    bend: f64,
}

impl Pull {
    fn add(&mut self, other: Self) {
        self.slope += other.slope;
        self.bend += other.bend;
    }

    fn less(self, other: Self) -> Self {
        Self { slope: self.slope - other.slope, bend: self.bend - other.bend }
    }

    fn gain(self, damping: f64) -> f64 {
        self.slope * self.slope / (self.bend + damping)
    }
}

/// Learns from rows; gives the sum without any tree, and the trees.
pub(crate) fn learn(rows: &[Row], settings: &Settings, seed: &str) -> (i32, Vec<Tree>) {
    let all: f64 = rows.iter().map(|row| row.weight).sum();
    let yes: f64 = rows.iter().filter(|row| row.truth).map(|row| row.weight).sum();
    let base = (ln(yes / (all - yes)) * f64::from(UNIT)) as i32;
    let binned = Binned::of(rows);
    let mut sums = vec![base; rows.len()];
    let mut draw = Draw::of(seed);
    let mut trees = Vec::new();
    for _ in 0..settings.trees {
        let pulls: Vec<Pull> = rows
            .iter()
            .zip(&sums)
            .map(|(row, &sum)| {
                let likely = 1.0 / (1.0 + exp(-f64::from(sum) / f64::from(UNIT)));
                let slope = row.weight * (likely - f64::from(u8::from(row.truth)));
                Pull { slope, bend: row.weight * (likely * (1.0 - likely)).max(1e-6) }
            })
            .collect();
        let asked: Vec<usize> = (0..FEATURES.len()).filter(|_| draw.percent(settings.asked)).collect();
        let (tree, leaves) = grow(&binned, &pulls, &asked, settings);
        for (sum, leaf) in sums.iter_mut().zip(leaves) {
            *sum += i32::from(tree.worth[INNER + usize::from(leaf)]);
        }
        trees.push(tree);
    }
    (base, trees)
}

/// Grows one tree level by level; gives it, and the leaf of each row.
fn grow(binned: &Binned, pulls: &[Pull], asked: &[usize], settings: &Settings) -> (Tree, Vec<u8>) {
    let mut tree =
        Tree { nodes: [Node { feature: 0, threshold: i16::MAX }; INNER], worth: [0; INNER + LEAVES] };
    let mut at = vec![0u8; pulls.len()];
    let mut weights = [0.0; INNER + LEAVES];
    for level in 0..DEPTH {
        let width = 1 << level;
        let mut whole = vec![Pull::default(); width];
        for (pull, &node) in pulls.iter().zip(&at) {
            whole[usize::from(node)].add(*pull);
        }
        let mut best = vec![(0.0, None); width];
        for &feature in asked {
            let bins = binned.thresholds[feature].len() + 1;
            let mut sums = vec![Pull::default(); width * bins];
            for ((pull, &node), &bin) in pulls.iter().zip(&at).zip(&binned.bins[feature]) {
                sums[usize::from(node) * bins + usize::from(bin)].add(*pull);
            }
            for node in 0..width {
                let mut left = Pull::default();
                for bin in 0..bins - 1 {
                    left.add(sums[node * bins + bin]);
                    let right = whole[node].less(left);
                    if left.bend < settings.least || right.bend < settings.least {
                        continue;
                    }
                    let damping = settings.damping;
                    let gain = left.gain(damping) + right.gain(damping) - whole[node].gain(damping);
                    if gain > best[node].0 + 1e-9 {
                        best[node] = (gain, Some((feature, bin)));
                    }
                }
            }
        }
        let first = width - 1;
        for (node, (_, split)) in best.iter().enumerate() {
            weights[first + node] = whole[node].bend;
            if let Some((feature, bin)) = *split {
                let threshold = binned.thresholds[feature][bin];
                tree.nodes[first + node] = Node { feature: feature as u8, threshold };
            }
        }
        for (row, node) in at.iter_mut().enumerate() {
            let right = best[usize::from(*node)]
                .1
                .is_some_and(|(feature, bin)| usize::from(binned.bins[feature][row]) > bin);
            *node = *node * 2 + u8::from(right);
        }
    }
    let mut leaves = [Pull::default(); LEAVES];
    for (pull, &leaf) in pulls.iter().zip(&at) {
        leaves[usize::from(leaf)].add(*pull);
    }
    for (leaf, pull) in leaves.iter().enumerate() {
        let advice = -settings.rate * pull.slope / (pull.bend + settings.damping);
        tree.worth[INNER + leaf] = (advice * f64::from(UNIT)).clamp(-32000.0, 32000.0) as i16;
        weights[INNER + leaf] = pull.bend;
    }
    for node in (0..INNER).rev() {
        let (left, right) = (2 * node + 1, 2 * node + 2);
        let whole = (weights[left] + weights[right]).max(1e-9);
        let mean = (f64::from(tree.worth[left]) * weights[left]
            + f64::from(tree.worth[right]) * weights[right])
            / whole;
        tree.worth[node] = mean as i16;
    }
    (tree, at)
}

/// The exponential, from sums and products alone.
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.clamp(-40.0, 40.0);
    let small = x / 1024.0;
    let mut power = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0 * (1.0 + small / 4.0)));
    for _ in 0..10 {
        power *= power;
    }
    power
}

/// The natural logarithm, by Newton's steps on [`exp`].
pub(crate) fn ln(x: f64) -> f64 {
    (0..60).fold(0.0, |guess, _| {
        let power = exp(guess);
        guess + 2.0 * (x - power) / (x + power)
    })
}

/// Sums and their probabilities: the logistic curve that fits best, with its own slope on each side of zero. Three
/// numbers, since a few hundred held-out values in the middle justify no more.
pub(crate) fn calibrate(samples: &[(i32, bool, f64)]) -> Vec<(i32, u16)> {
    let inputs = |sum: i32| {
        let sum = f64::from(sum) / f64::from(UNIT);
        [1.0, sum.max(0.0), sum.min(0.0)]
    };
    let mut fit = [0.0, 1.0, 1.0];
    let curve = |fit: &[f64; 3], inputs: &[f64; 3]| {
        let sum: f64 = (0..3).map(|at| fit[at] * inputs[at]).sum();
        1.0 / (1.0 + exp(-sum))
    };
    for _ in 0..40 {
        let (mut slope, mut bend) = ([0.0; 3], [[0.0; 3]; 3]);
        for (at, row) in bend.iter_mut().enumerate() {
            row[at] = 1e-3;
        }
        for &(sum, truth, weight) in samples {
            let inputs = inputs(sum);
            let likely = curve(&fit, &inputs);
            for one in 0..3 {
                slope[one] += weight * (likely - f64::from(u8::from(truth))) * inputs[one];
                for other in 0..3 {
                    bend[one][other] += weight * likely * (1.0 - likely) * inputs[one] * inputs[other];
                }
            }
        }
        let step = solve(bend, slope);
        for at in 0..3 {
            fit[at] -= step[at].clamp(-0.5, 0.5);
        }
        fit[1] = fit[1].max(0.05);
        fit[2] = fit[2].max(0.05);
    }
    let mut knots: Vec<(i32, u16)> = Vec::new();
    for eighth in -64..=64 {
        let sum = eighth * UNIT / 8;
        let likely = (curve(&fit, &inputs(sum)) * 1000.0 + 0.5).clamp(1.0, MOST) as u16;
        if knots.last().is_none_or(|last| last.1 < likely) {
            knots.push((sum, likely));
        }
    }
    knots
}

/// The highest probability from name and look alone, in thousandths: the rest is for checks.
const MOST: f64 = 980.0;

/// Solves three equations by Gauss's elimination.
fn solve(mut rows: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for at in 0..3 {
        for below in at + 1..3 {
            let factor = rows[below][at] / rows[at][at];
            let pivot = rows[at];
            rows[below].iter_mut().zip(pivot).for_each(|(cell, above)| *cell -= factor * above);
            right[below] -= factor * right[at];
        }
    }
    for at in (0..3).rev() {
        for after in at + 1..3 {
            right[at] -= rows[at][after] * right[after];
        }
        right[at] /= rows[at][at];
    }
    right
}

const _: () = assert!(COUNT <= 256);
