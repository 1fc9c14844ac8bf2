//! The delta trees of a pack: which entry is a delta of which, and what type each object is.
//!
//! Entries are numbered by their place in the pack; a number is a **node**. All of it is in a few arrays
//! of u32 and one of u64: some 30 bytes an object, and no allocation for each.

use super::entry::{EntryForm, EntryHeader};
use super::error::{Error, Fault};
use super::index::Index;
use super::map::Map;
use crate::git::object::ObjectKind;
use crate::model::ObjectId;
use rayon::prelude::*;
use std::ops::Range;

/// The parent of a node that derives from no other.
const ROOT: u32 = u32::MAX;
/// The parent of a node whose base is not known.
const LOST: u32 = u32::MAX - 1;
/// The most nodes there can be.
const MOST: usize = LOST as usize;

/// Kind codes in addition to git's own.
const UNKNOWN: u8 = 0;
/// The node's type is not known: its chain ends in a fault.
const FAULTY: u8 = 8;
/// The node is on the chain that is being followed.
const FOLLOWED: u8 = 9;

/// Bytes of each kind of object.
pub(super) type Sizes = [u64; ObjectKind::ALL.len()];

/// The delta trees of a pack.
#[derive(Debug, Default)]
pub(super) struct DeltaForest {
    /// Offset in the pack, and position in the index, of each node; ascending.
    keys: Vec<u64>,
    /// How many low bits of a key are the position.
    bits: u32,
    /// Where the last entry ends.
    end: usize,
    /// Git's code of each node's type, or [`FAULTY`].
    kinds: Vec<u8>,
    /// The index's CRC-32 of each node; empty if the index has none, or if memory is scarce.
    sums: Vec<u32>,
    /// `children[starts[n]..starts[n + 1]]` are the nodes whose base is n, the heaviest subtree last.
    starts: Vec<u32>,
    children: Vec<u32>,
    /// The nodes that derive from no other, ascending.
    roots: Vec<u32>,
    /// Nodes whose type is not known, and why.
    pub(super) faults: Vec<(u32, Fault)>,
}

impl DeltaForest {
    /// Reads every entry's header of `map`, whose entries end before `end`, as `index` lists them.
    /// Keeps about `at_once` bytes of the pack in memory at a time.
    pub(super) fn read(
        map: &Map,
        end: usize,
        index: &Index,
        hash: usize,
        at_once: usize,
    ) -> Result<Self, Error> {
        let count = index.len();
        if count >= MOST {
            return Err(Error::Index("it lists more objects than can be numbered"));
        }
        let bits = usize::BITS - count.leading_zeros();
        let keys = keys(end, index, bits)?;
        let heads = Heads {
            pack: &map[..end],
            index,
            hash,
            places: NodeFinder::of(&keys, bits, end),
            keys: &keys,
            bits,
        };
        let mut parents = vec![LOST; count];
        let mut kinds = vec![FAULTY; count];
        let has_sums = index.checksum(0).is_some() && at_once == usize::MAX;
        let mut sums = vec![0; if has_sums { count } else { 0 }];
        let mut faults = Vec::new();
        let stride = (count as u128 * at_once as u128 / (end as u128 + 1)).clamp(4096, MOST as u128) as usize;
        for start in (0..count).step_by(stride) {
            let nodes = start..count.min(start + stride);
            let parents = parents[nodes.clone()].par_iter_mut();
            let kinds = kinds[nodes.clone()].par_iter_mut();
            let faulty = parents.zip(kinds).zip(nodes.clone()).with_min_len(1024).filter_map(
                |((parent, kind), node)| match heads.parent(node) {
                    Ok(found) => {
                        (*parent, *kind) = found;
                        None
                    }
                    Err(fault) => Some((node as u32, fault)),
                },
            );
            faults.extend(faulty.collect::<Vec<_>>());
            if stride < count {
                map.release();
            }
        }
        // Copied in the pack's order: single look-ups during the walk would each miss the cache (a tenth
        // of the walk of ansible.git).
        sums.par_iter_mut().enumerate().with_min_len(4096).for_each(|(node, sum)| {
            *sum = index.checksum(heads.position(node)).unwrap_or(0);
        });
        drop(heads);
        resolve(&mut kinds, &mut parents, &mut faults);
        let (starts, children) = adopt(&parents);
        let mut roots = Vec::with_capacity(parents.iter().filter(|&&parent| parent == ROOT).count());
        roots.extend((0..count as u32).filter(|&node| parents[node as usize] == ROOT));
        Ok(Self { keys, bits, end, kinds, sums, starts, children, roots, faults })
    }

    /// The nodes that derive from no other, ascending.
    pub(super) fn roots(&self) -> &[u32] {
        &self.roots
    }

    /// Where `node` and the next one start.
    pub(super) fn place(&self, node: u32) -> (u64, usize) {
        let node = node as usize;
        let end = self.keys.get(node + 1).map_or(self.end, |&key| (key >> self.bits) as usize);
        (self.keys[node] >> self.bits, end)
    }

    /// The position of `node` in the index.
    pub(super) fn position(&self, node: u32) -> usize {
        (self.keys[node as usize] & ((1 << self.bits) - 1)) as usize
    }

    /// The CRC-32 that `index`, which is the pack's, gives for the bytes of `node`, if it gives any.
    pub(super) fn checksum(&self, node: u32, index: &Index) -> Option<u32> {
        self.sums.get(node as usize).copied().or_else(|| index.checksum(self.position(node)))
    }

    /// The type of `node`; nothing if it is not known.
    pub(super) fn kind(&self, node: u32) -> Option<ObjectKind> {
        ObjectKind::from_code(self.kinds[node as usize])
    }

    /// How many bytes of the pack the nodes of each kind are, in the order of [`ObjectKind::ALL`].
    pub(super) fn sizes(&self) -> Sizes {
        let nodes = (0..self.kinds.len() as u32).into_par_iter().with_min_len(1 << 14);
        let add = |mut sizes: Sizes, node| {
            if let Some(kind) = self.kind(node) {
                let (start, end) = self.place(node);
                sizes[kind as usize - 1] += end as u64 - start;
            }
            sizes
        };
        let sum = |one: Sizes, other: Sizes| std::array::from_fn(|at| one[at] + other[at]);
        nodes.fold(Sizes::default, add).reduce(Sizes::default, sum)
    }

    /// About how much memory it uses, bytes.
    pub(super) fn weight(&self) -> usize {
        self.keys.len() * 8
            + self.kinds.len()
            + (self.sums.len() + self.starts.len()) * 4
            + (self.children.len() + self.roots.len()) * 4
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// For each node its base; a number above all nodes if it has none.
    pub(super) fn parents(&self) -> Vec<u32> {
        let mut parents = vec![ROOT; self.len()];
        for node in 0..self.len() as u32 {
            for row in self.children(node) {
                parents[self.child(row) as usize] = node;
            }
        }
        parents
    }

    /// The rows in [`Self::child`] of the children of `node`.
    pub(super) fn children(&self, node: u32) -> Range<u32> {
        self.starts[node as usize]..self.starts[node as usize + 1]
    }

    /// The node at `row` of the table of children.
    pub(super) fn child(&self, row: u32) -> u32 {
        self.children[row as usize]
    }
}

/// Offsets and positions, sorted; checks that ids ascend, and that offsets are within the pack and differ.
fn keys(end: usize, index: &Index, bits: u32) -> Result<Vec<u64>, Error> {
    let room = u64::MAX >> bits;
    let mut keys = (0..index.len())
        .into_par_iter()
        .with_min_len(4096)
        .map(|position| {
            if !index.is_in_order(position) {
                return Err(Error::Index("its ids are not ascending"));
            }
            let offset = index
                .offset(position)
                .filter(|&offset| offset >= 12 && offset < end as u64 && offset <= room);
            let offset = offset.ok_or(Error::Index("an offset points outside the pack"))?;
            Ok(offset << bits | position as u64)
        })
        .collect::<Result<Vec<u64>, Error>>()?;
    keys.par_sort_unstable();
    if keys.windows(2).any(|pair| pair[0] >> bits == pair[1] >> bits) {
        return Err(Error::Index("two objects stand at one offset"));
    }
    Ok(keys)
}

/// Finds the node at an offset: the pack is cut into equal cells, about one a node, and the table has
/// the first node of each (a binary search over all nodes misses the cache twenty times).
struct NodeFinder {
    firsts: Vec<u32>,
    shift: u32,
}

impl NodeFinder {
    fn of(keys: &[u64], bits: u32, end: usize) -> Self {
        let mut shift = 6;
        while (end >> shift) > keys.len() + 1 {
            shift += 1;
        }
        let cells = (end >> shift) + 2;
        let mut firsts = Vec::with_capacity(cells);
        for (node, &key) in keys.iter().enumerate() {
            let cell = (key >> bits >> shift) as usize;
            while firsts.len() <= cell {
                firsts.push(node as u32);
            }
        }
        firsts.resize(cells, keys.len() as u32);
        Self { firsts, shift }
    }

    fn find(&self, keys: &[u64], bits: u32, offset: u64) -> Option<u32> {
        let cell = (offset >> self.shift) as usize;
        let (&low, &high) = (self.firsts.get(cell)?, self.firsts.get(cell + 1)?);
        let near = &keys[low as usize..high as usize];
        near.binary_search_by_key(&offset, |&key| key >> bits).ok().map(|at| low + at as u32)
    }
}

/// Reads the headers of entries.
struct Heads<'a> {
    pack: &'a [u8],
    index: &'a Index,
    hash: usize,
    places: NodeFinder,
    keys: &'a [u64],
    bits: u32,
}

impl Heads<'_> {
    /// The parent of `node`, and its kind code, as far as its own header shows it.
    fn parent(&self, node: usize) -> Result<(u32, u8), Fault> {
        let entry = EntryHeader::parse(self.pack, self.keys[node] >> self.bits, self.hash)?;
        let base = match entry.form {
            EntryForm::Whole(kind) => return Ok((ROOT, kind as u8)),
            EntryForm::Offset(base) => base,
            EntryForm::Named(name) => match self.index.find(name) {
                Some(position) => self.index.offset(position).ok_or(Fault::Entry)?,
                None => {
                    let id = ObjectId::from_bytes(name);
                    return Err(Fault::Outside(id.expect("the parser takes names of 20 or 32 bytes")));
                }
            },
        };
        Ok((self.places.find(self.keys, self.bits, base).ok_or(Fault::Entry)?, UNKNOWN))
    }

    /// The position of `node` in the index.
    fn position(&self, node: usize) -> usize {
        (self.keys[node] & ((1 << self.bits) - 1)) as usize
    }
}

/// Gives each delta the kind of the object at its chain's end. Follows each chain up to the first known kind
/// and back down, so each node is passed twice at most, and a chain that returns to itself is a cycle.
fn resolve(kinds: &mut [u8], parents: &mut [u32], faults: &mut Vec<(u32, Fault)>) {
    let mut chain = Vec::new();
    for node in 0..kinds.len() {
        let mut at = node;
        while kinds[at] == UNKNOWN {
            kinds[at] = FOLLOWED;
            chain.push(at);
            at = parents[at] as usize;
        }
        let (kind, fault) = match kinds[at] {
            FOLLOWED => (FAULTY, Fault::Cycle),
            kind => (kind, Fault::Base),
        };
        for at in chain.drain(..) {
            kinds[at] = kind;
            if kind == FAULTY {
                parents[at] = LOST;
                faults.push((at as u32, fault));
            }
        }
    }
}

/// The table of children from the table of parents.
fn adopt(parents: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; parents.len() + 1];
    for &parent in parents {
        if (parent as usize) < parents.len() {
            starts[parent as usize] += 1;
        }
    }
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    // Each start is now at the end of its list; filling from the back moves it to the front.
    let mut children = vec![0_u32; total as usize];
    for (node, &parent) in parents.iter().enumerate().rev() {
        if let Some(start) = starts[..parents.len()].get_mut(parent as usize) {
            *start -= 1;
            children[*start as usize] = node as u32;
        }
    }
    // The heaviest child comes last: its base is freed before the descent, so that at most log2(nodes)
    // bases wait on the way to any object.
    let weights = weights(parents, &starts, &children);
    for pair in starts.windows(2) {
        let family = &mut children[pair[0] as usize..pair[1] as usize];
        if let Some(heaviest) = (0..family.len()).max_by_key(|&at| weights[family[at] as usize]) {
            family[heaviest..].rotate_left(1);
        }
    }
    (starts, children)
}

/// How many nodes each node's subtree contains.
fn weights(parents: &[u32], starts: &[u32], children: &[u32]) -> Vec<u32> {
    let mut weights = vec![1_u32; parents.len()];
    let mut pass_on = |node: usize| {
        let parent = parents[node] as usize;
        if parent < parents.len() {
            weights[parent] = weights[parent].saturating_add(weights[node]);
        }
    };
    let is_behind =
        |(node, &parent): (usize, &u32)| (parent as usize) < parents.len() && parent as usize > node;
    if !parents.iter().enumerate().any(is_behind) {
        // Bases come first, as git writes them.
        (0..parents.len()).rev().for_each(pass_on);
        return weights;
    }
    // Deltas by name may come before their bases. If their weights were only estimated, a forged pack could have bases
    // that wait at every step of a long chain, are dropped for lack of memory and are each made again from the root.
    let roots = (0..parents.len() as u32).filter(|&node| parents[node as usize] as usize >= parents.len());
    let mut order: Vec<u32> = roots.collect();
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        order
            .extend_from_slice(&children[starts[node as usize] as usize..starts[node as usize + 1] as usize]);
        at += 1;
    }
    order.iter().rev().for_each(|&node| pass_on(node as usize));
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_child_comes_last_wherever_bases_stand() {
        // A chain of bases, each with one more leaf: in the order of git's packs, and in the reverse order with the
        // leaves at the end.
        let count = 1000_u32;
        let forwards: Vec<u32> =
            (0..2 * count).map(|node| if node == 0 { ROOT } else { (node - 1) / 2 * 2 }).collect();
        let backwards: Vec<u32> =
            (0..count).map(|node| if node == count - 1 { ROOT } else { node + 1 }).chain(0..count).collect();
        for parents in [forwards, backwards] {
            let (starts, children) = adopt(&parents);
            let weights = weights(&parents, &starts, &children);
            assert_eq!(weights.iter().max(), Some(&(2 * count)));
            for pair in starts.windows(2) {
                let family = &children[pair[0] as usize..pair[1] as usize];
                let heaviest = family.iter().map(|&child| weights[child as usize]).max();
                assert_eq!(family.last().map(|&child| weights[child as usize]), heaviest);
            }
        }
    }
}
