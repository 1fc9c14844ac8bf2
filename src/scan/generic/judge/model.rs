//! The learnt part of the judge: a sum of small trees over [`Features`], and the probability of each sum.
//!
//! `judge.bin` contains the trees that `cargo bench --bench judge -- train` made; docs/judge.md says of what.
//!
//! # Design
//!
//! The model is data of this build. Its format, version and checksum are tested: a file that cannot be read is a bug of
//! the build. All trees are complete and of one depth: a step is a comparison and an addition, without a branch to
//! mispredict. All numbers are integers, so that a verdict is the same on every machine.

use super::features::{COUNT, FEATURES, Features, Group};
use std::sync::OnceLock;

/// The trees of this build.
const SHIPPED: &[u8] = include_bytes!("../judge.bin");

/// How the file starts: a name and the version of its format.
const MAGIC: &[u8; 8] = b"kdjudge1";

/// Steps from a tree's root to a leaf.
pub const DEPTH: usize = 5;

/// Inner nodes of a tree.
pub const INNER: usize = (1 << DEPTH) - 1;

/// Leaves of a tree.
pub const LEAVES: usize = 1 << DEPTH;

/// A sum of this much is one unit of log-odds.
pub const UNIT: i32 = 4096;

/// After this many trees the sum is tested: can the remaining ones still reach the floor?
const STRIDE: usize = 32;

/// A question: does the feature exceed the threshold?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Which feature.
    pub feature: u8,
    /// Up to this value the answer is no, the left child.
    pub threshold: i16,
}

/// A tree, level by level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The questions.
    pub nodes: [Node; INNER],
    /// The average worth at each question's node, then the worth of each leaf.
    pub worth: [i16; INNER + LEAVES],
}

/// Trees, and the probabilities of their sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The sum without any tree.
    base: i32,
    /// Trees.
    trees: Vec<Tree>,
    /// Sums and their probabilities in thousandths, both ascending; linear in between.
    knots: Vec<(i32, u16)>,
    /// The most that the trees from each stride on can add.
    rest: Vec<i32>,
}

impl Model {
    /// A model of these parts. `knots` are sums with their probabilities, and must not be empty.
    pub fn new(base: i32, trees: Vec<Tree>, knots: Vec<(i32, u16)>) -> Self {
        let most = |tree: &Tree| i32::from(tree.worth[INNER..].iter().copied().max().unwrap_or(0));
        let mut rest: Vec<i32> = trees.chunks(STRIDE).map(|some| some.iter().map(most).sum()).collect();
        for at in (1..rest.len()).rev() {
            rest[at - 1] += rest[at];
        }
        rest.push(0);
        Self { base, trees, knots, rest }
    }

    /// The model of this build.
    pub fn shipped() -> &'static Self {
        static SHARED: OnceLock<Model> = OnceLock::new();
        SHARED.get_or_init(|| Self::read(SHIPPED).expect("the model of this build reads, as a test holds"))
    }

    /// The sum of the trees.
    pub fn sum(&self, features: &Features) -> i32 {
        self.trees.iter().fold(self.base, |sum, tree| sum + i32::from(tree.worth[leaf(tree, features)]))
    }

    /// The probability in thousandths, or `None` if it is below `floor`.
    pub fn probability(&self, features: &Features, floor: u16) -> Option<u16> {
        let least = self.sum_of(floor);
        let mut sum = self.base;
        for (trees, rest) in self.trees.chunks(STRIDE).zip(&self.rest[1..]) {
            sum = trees.iter().fold(sum, |sum, tree| sum + i32::from(tree.worth[leaf(tree, features)]));
            if sum + rest < least {
                return None;
            }
        }
        Some(self.calibrated(sum)).filter(|&probability| probability >= floor)
    }

    /// The probability of `sum`, in thousandths.
    pub fn calibrated(&self, sum: i32) -> u16 {
        let above = self.knots.partition_point(|&(at, _)| at <= sum);
        let Some(&(right, high)) = self.knots.get(above) else {
            return self.knots.last().map_or(0, |&(_, last)| last);
        };
        let Some(&(left, low)) = above.checked_sub(1).and_then(|at| self.knots.get(at)) else { return high };
        let share = i64::from(sum - left) * i64::from(high - low) / i64::from((right - left).max(1));
        low + share as u16
    }

    /// A sum below which no probability reaches `floor`.
    fn sum_of(&self, floor: u16) -> i32 {
        match self.knots.iter().position(|&(_, probability)| probability >= floor) {
            Some(0) | None => i32::MIN / 2,
            Some(at) => self.knots[at - 1].0,
        }
    }

    /// What each group of features adds to the sum, in [`UNIT`]s of log-odds, from the walk through each tree: the
    /// change at a step is attributed to the feature of its question.
    pub fn contributions(&self, features: &Features) -> [i32; Group::ALL.len()] {
        let mut shares = [0; Group::ALL.len()];
        for tree in &self.trees {
            let mut at = 0;
            for _ in 0..DEPTH {
                let next = step(tree, at, features);
                let group =
                    FEATURES.get(usize::from(tree.nodes[at].feature)).map_or(Group::Kind, |one| one.1);
                shares[group as usize] += i32::from(tree.worth[next]) - i32::from(tree.worth[at]);
                at = next;
            }
        }
        shares
    }

    /// The file: magic, counts, base, knots, trees, checksum. All numbers are little-endian.
    pub fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend((self.trees.len() as u16).to_le_bytes());
        out.extend((self.knots.len() as u16).to_le_bytes());
        out.extend(self.base.to_le_bytes());
        for (sum, probability) in &self.knots {
            out.extend(sum.to_le_bytes());
            out.extend(probability.to_le_bytes());
        }
        for tree in &self.trees {
            out.extend(tree.nodes.iter().map(|node| node.feature));
            out.extend(tree.nodes.iter().flat_map(|node| node.threshold.to_le_bytes()));
            out.extend(tree.worth.iter().flat_map(|worth| worth.to_le_bytes()));
        }
        out.extend(crc32fast::hash(&out).to_le_bytes());
        out
    }

    /// Reads what [`write`](Self::write) wrote; `None` for anything else.
    pub fn read(file: &[u8]) -> Option<Self> {
        let (body, checksum) = file.split_last_chunk::<4>()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?;
        let trees = u16::from_le_bytes(take(&mut rest)?);
        let knots = u16::from_le_bytes(take(&mut rest)?);
        let base = i32::from_le_bytes(take(&mut rest)?);
        let knots = (0..knots)
            .map(|_| Some((i32::from_le_bytes(take(&mut rest)?), u16::from_le_bytes(take(&mut rest)?))))
            .collect::<Option<Vec<_>>>()?;
        let trees = (0..trees).map(|_| read_tree(&mut rest)).collect::<Option<Vec<_>>>()?;
        let rises = knots.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        (rest.is_empty() && !knots.is_empty() && rises).then(|| Self::new(base, trees, knots))
    }
}

/// The next `N` bytes.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

fn read_tree(rest: &mut &[u8]) -> Option<Tree> {
    let mut tree = Tree { nodes: [Node::default(); INNER], worth: [0; INNER + LEAVES] };
    for node in &mut tree.nodes {
        node.feature = take::<1>(rest).map(|byte| byte[0]).filter(|&one| usize::from(one) < COUNT)?;
    }
    for node in &mut tree.nodes {
        node.threshold = i16::from_le_bytes(take(rest)?);
    }
    for worth in &mut tree.worth {
        *worth = i16::from_le_bytes(take(rest)?);
    }
    Some(tree)
}

/// The child of the node at `at` for these features.
#[inline]
fn step(tree: &Tree, at: usize, features: &Features) -> usize {
    let Node { feature, threshold } = tree.nodes[at];
    2 * at + 1 + usize::from(features.0[usize::from(feature) % COUNT] > threshold)
}

/// The index of the leaf for these features.
#[inline]
fn leaf(tree: &Tree, features: &Features) -> usize {
    (0..DEPTH).fold(0, |at, _| step(tree, at, features))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_model_of_this_build_reads_and_is_small() {
        let model = Model::read(SHIPPED).expect("the shipped model reads");
        assert_eq!(model.write(), SHIPPED);
        let words = include_bytes!("../words.txt").len();
        assert!(SHIPPED.len() + words < 150_000, "{} + {words}", SHIPPED.len());
        assert!(
            model
                .trees
                .iter()
                .flat_map(|tree| tree.nodes)
                .all(|node| { usize::from(node.feature) < FEATURES.len() })
        );
    }

    #[test]
    fn a_damaged_file_is_refused() {
        for at in [0, 9, 13, 40, SHIPPED.len() - 1] {
            let mut file = SHIPPED.to_vec();
            file[at] ^= 1;
            assert_eq!(Model::read(&file), None, "{at}");
        }
        assert_eq!(Model::read(&SHIPPED[..SHIPPED.len() - 1]), None);
        assert_eq!(Model::read(b""), None);
    }

    fn any_features() -> impl Strategy<Value = Features> {
        proptest::collection::vec(0_i16..200, COUNT)
            .prop_map(|values| Features(values.try_into().expect("as many as asked for")))
    }

    proptest! {
        #[test]
        fn stopping_early_changes_no_verdict(features in any_features(), floor in 0_u16..1000) {
            let model = Model::shipped();
            let whole = model.calibrated(model.sum(&features));
            let wanted = (whole >= floor).then_some(whole);
            prop_assert_eq!(model.probability(&features, floor), wanted);
        }

        #[test]
        fn contributions_add_up_to_the_sum(features in any_features()) {
            let model = Model::shipped();
            let roots: i32 = model.trees.iter().map(|tree| i32::from(tree.worth[0])).sum();
            let shares: i32 = model.contributions(&features).iter().sum();
            prop_assert_eq!(model.base + roots + shares, model.sum(&features));
        }
    }
}
