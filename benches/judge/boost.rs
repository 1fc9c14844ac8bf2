//! Boosted trees: logistic loss, histograms, complete trees of one depth. One thread, no library, and no
//! function of the system's, so that the same rows give the same bytes on every machine.

use crate::draw::Draw;
use keydredge::scan::verdict::{COUNT, DEPTH, FEATURES, Features, INNER, LEAVES, Node, Tree, UNIT};

/// One example.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the judge sees.
    pub features: Features,
    /// Whether it is a secret.
    pub truth: bool,
    /// What it counts.
    pub weight: f64,
}

/// What is learnt how.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Trees.
    pub trees: usize,
    /// What of each tree's advice is followed.
    pub rate: f64,
    /// What a leaf's advice is damped by.
    pub damping: f64,
    /// The least weight of both children, as the loss sees it.
    pub least: f64,
    /// Of a hundred features, how many a tree may ask for.
    pub asked: usize,
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

/// The slope and the bend of the loss, summed.
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
pub fn learn(rows: &[Row], settings: &Settings, seed: &str) -> (i32, Vec<Tree>) {
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
    let mut tree = Tree { nodes: [Node { feature: 0, threshold: i16::MAX }; INNER], worth: [0; INNER + LEAVES] };
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
            let right = best[usize::from(*node)].1.is_some_and(|(feature, bin)| usize::from(binned.bins[feature][row]) > bin);
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
        let mean = (f64::from(tree.worth[left]) * weights[left] + f64::from(tree.worth[right]) * weights[right]) / whole;
        tree.worth[node] = mean as i16;
    }
    (tree, at)
}

/// The exponential, from sums and products alone.
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-40.0, 40.0);
    let small = x / 1024.0;
    let mut power = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0 * (1.0 + small / 4.0)));
    for _ in 0..10 {
        power *= power;
    }
    power
}

/// The natural logarithm, by Newton's steps on [`exp`].
pub fn ln(x: f64) -> f64 {
    (0..60).fold(0.0, |guess, _| {
        let power = exp(guess);
        guess + 2.0 * (x - power) / (x + power)
    })
}

/// Sums and the probabilities they stand for: rates of like sums, made to rise (pool adjacent violators).
pub fn calibrate(samples: &[(i32, bool, f64)], bins: usize) -> Vec<(i32, u16)> {
    let mut samples = samples.to_vec();
    samples.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.cmp(&other.1)));
    let all: f64 = samples.iter().map(|one| one.2).sum();
    // Weight, weighted sum, weighted truths of each pool.
    let mut pools: Vec<(f64, f64, f64)> = Vec::new();
    let mut open = (0.0, 0.0, 0.0);
    for (sum, truth, weight) in samples {
        open = (open.0 + weight, open.1 + weight * f64::from(sum), open.2 + weight * f64::from(u8::from(truth)));
        if open.0 >= all / bins as f64 {
            pools.push(std::mem::take(&mut open));
        }
    }
    if open.0 > 0.0 {
        pools.push(open);
    }
    let mut at = 1;
    while at < pools.len() {
        if pools[at].2 / pools[at].0 <= pools[at - 1].2 / pools[at - 1].0 {
            let pool = pools.remove(at);
            let before = &mut pools[at - 1];
            *before = (before.0 + pool.0, before.1 + pool.1, before.2 + pool.2);
            at = (at - 1).max(1);
        } else {
            at += 1;
        }
    }
    let mut knots: Vec<(i32, u16)> = Vec::new();
    for (weight, sum, truths) in pools {
        let rate = (truths + 0.25) / (weight + 0.5);
        let knot = ((sum / weight) as i32, (rate * 1000.0).clamp(1.0, 979.0) as u16);
        if knots.last().is_none_or(|last| last.0 < knot.0 && last.1 <= knot.1) {
            knots.push(knot);
        }
    }
    knots
}

const _: () = assert!(COUNT <= 256);
