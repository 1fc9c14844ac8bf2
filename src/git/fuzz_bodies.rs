//! What must hold for any bytes in git's small files: the bodies of their fuzz targets, which the tests run too.

use super::commits::Commits;
use super::digest;
use super::index::{Index, IndexEntry};
use super::object::ObjectKind;
use super::odb::loose::{self, Read};
use super::odb::pack::{Options, Packs};
use super::odb::reader::ObjectReader;
use super::refs::Sources;
use super::revision::{Revisions, is_gits};
use super::{Access, Repository};
use super::{KindSet, Object, ObjectNumber, Visitor};
use crate::model::{Copied, ObjectId};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// No object of a trial is larger, bytes.
const LARGEST: usize = 1 << 16;

/// The first byte of `data` as a choice, and the rest.
fn chosen(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(&choice, rest)| (choice, rest))
}

/// Bytes of an id, by a bit of the choice.
fn width(choice: u8) -> usize {
    if choice & 1 == 0 { 20 } else { 32 }
}

/// `data` as an index file without its checksum: an error, or every entry is found at its place.
pub fn index(data: &[u8]) {
    let Some((choice, body)) = chosen(data) else { return };
    let width = width(choice);
    let sum = if choice & 2 == 0 { digest::of(&[body], width) } else { vec![0; width] };
    let Some(index) = Index::of_bytes(&[body, &sum].concat(), width) else { return };
    let all = 0..index.entries().len();
    for entry in index.entries().iter().take(100) {
        let path = index.path(entry);
        let is_same =
            |other: &IndexEntry| (other.id, other.stage, other.mode) == (entry.id, entry.stage, entry.mode);
        assert!(index.at(all.clone(), path).iter().any(is_same), "a listed entry is found");
        assert!(!index.below(all.clone(), path).is_empty());
    }
    if let Some(root) = index.root_tree() {
        let _there_may_be_none = index.subtree(root, b"a");
    }
}

/// The packed refs `data`: each line is a ref, broken, or none.
pub fn packed_refs(data: &[u8]) {
    let listed = Sources { packed: data.to_vec(), ..Sources::default() }.list();
    let lines = || {
        let is_line = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"^");
        data.split(|&byte| byte == b'\n').filter(is_line)
    };
    let is_told = lines().all(|line| line.trim_ascii().is_empty())
        || !listed.refs.is_empty()
        || !listed.broken.is_empty();
    assert!(is_told, "no line is passed over");
    // One name can be on several lines, and a last line that is cut counts as broken too.
    assert!(listed.refs.len() + listed.broken.len() <= lines().count() + 1);
    // The refs, written again, are the same refs.
    let text: String = listed.refs.iter().map(|(name, id)| format!("{id} {name}\n")).collect();
    let again = Sources { packed: text.into_bytes(), ..Sources::default() }.list();
    let is_plain = |name: &&String| name.trim_ascii_end() == name.as_str() && !name.contains('\n');
    if listed.refs.keys().all(|name| is_plain(&name)) {
        assert_eq!(again.refs, listed.refs);
    }
}

/// The loose object whose file is `data`, or contains it deflated.
pub fn loose(data: &[u8]) {
    let Some((choice, body)) = chosen(data) else { return };
    match choice % 3 {
        0 => held(&loose::parse(body, LARGEST)),
        1 => held(&loose::parse(&deflated(body), LARGEST)),
        _ => {
            let whole = [format!("blob {}\0", body.len()).as_bytes(), body].concat();
            assert_eq!(
                loose::parse(&deflated(&whole), LARGEST),
                Read::Whole(ObjectKind::Blob, body.to_vec())
            );
            if !body.is_empty() {
                assert_eq!(loose::parse(&deflated(&whole), body.len() - 1), Read::TooLarge);
            }
        }
    }
}

fn held(read: &Read) {
    if let Read::Whole(_, bytes) = read {
        assert!(bytes.len() <= LARGEST, "an object within the limit");
    }
}

/// `bytes` as a zlib stream of one stored block after another.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend(block);
    }
    let (mut one, mut other) = (1u32, 0u32);
    for &byte in bytes {
        one = (one + u32::from(byte)) % 65521;
        other = (other + one) % 65521;
    }
    out.extend((other << 16 | one).to_be_bytes());
    out
}

/// A pack and its index: two bytes of the pack's length, the pack, the index. Every object that the index lists is
/// visited once or accounted for.
pub fn idx(data: &[u8]) {
    let Some((choice, rest)) = chosen(data) else { return };
    let Some((len, rest)) = rest.split_first_chunk() else { return };
    let (pack, index) = rest.split_at(usize::from(u16::from_be_bytes(*len)).min(rest.len()));
    let width = width(choice);
    let Ok(mut packs) = Packs::of_bytes(vec![(pack.to_vec(), index.to_vec())], width) else { return };
    let mut ids: Vec<ObjectId> = packs.ids().collect();
    ids.sort_unstable();
    assert!(ids.is_sorted_by(|one, next| one < next), "an object is listed twice");
    let number = |id: &[u8]| {
        let at = ids.binary_search_by(|other| other.as_bytes().cmp(id)).ok()?;
        Some(ObjectNumber::new(at as u32))
    };
    packs.number(ids.len(), &number);
    let options =
        Options { threads: 1, largest: Some(LARGEST), max_memory: Some(16 << 10), ..Options::default() };
    let seen = SeenBlobs::default();
    let walked = packs.walk(KindSet::of(&ObjectKind::ALL), &options, &seen);
    let seen = seen.0.into_inner().expect("a panic ends the trial");
    assert_eq!(seen.len() + walked.unresolved.len() + packs.untyped().len(), packs.len());
    for (id, bytes) in seen {
        // An index with a wrong fan-out lists ids that a search does not find.
        assert!(packs.read(id).is_none_or(|(_, read)| read == bytes), "read alone it is another");
    }
}

/// The revision `data` in the repository that the process is in, if it is in one: a commit that is there, or an error.
pub fn revision(data: &[u8]) {
    let text = String::from_utf8_lossy(&data[..data.len().min(LONGEST_REVISION)]);
    // Those are git's own.
    if is_gits(&text) {
        return;
    }
    let Ok(repository) = Repository::open(Path::new("."), Access::default()) else { return };
    let objects = ObjectReader::new(&repository);
    let commits = Commits::new(&repository, &objects);
    if let Ok(resolved) = Revisions::new(&repository, &objects, &commits).resolve(&text) {
        assert!(commits.get(resolved.commit).is_ok(), "what a revision names is a commit");
    }
}

/// The longest revision of a trial, bytes.
const LONGEST_REVISION: usize = 200;

/// What is visited.
#[derive(Default)]
struct SeenBlobs(Mutex<BTreeMap<ObjectId, Vec<u8>>>);

impl Visitor for SeenBlobs {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        let before =
            self.0.lock().expect("a panic ends the trial").insert(object.id(), object.bytes.to_vec());
        assert!(before.is_none(), "an object came twice");
    }

    fn derived(&self, _: &(), _: &[u8], object: Object<'_>, _: &[Copied]) {
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        unreachable!("a walk returns what it could not read");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Runs `trial` on each seed of a fuzz target and on thousands of mutations of them.
    fn replay(target: &str, trial: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
        let files = fs::read_dir(folder).expect("the seeds are beside the targets");
        let mut paths: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
        paths.sort();
        assert!(!paths.is_empty());
        let mut state = 11_u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit.max(1)
        };
        for path in paths {
            let seed = fs::read(&path).expect("a seed can be read");
            trial(&seed);
            for _ in 0..2_000 {
                let mut data = seed.clone();
                for _ in 0..=below(4) {
                    let at = below(data.len());
                    match below(5) {
                        0 => data.truncate(at.max(1)),
                        1 => data.insert(at, below(256) as u8),
                        2 => data.extend_from_within(at..),
                        3 => data[at] ^= 1 << below(8),
                        _ => data[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)],
                    }
                }
                trial(&data);
            }
        }
    }

    #[test]
    fn the_seeds_of_the_small_files_and_their_mutations_pass() {
        replay("index", super::index);
        replay("packed_refs", super::packed_refs);
        replay("loose", super::loose);
        replay("idx", super::idx);
        replay("revision", super::revision);
    }
}
