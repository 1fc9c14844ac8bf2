//! What must hold for any bytes: the bodies of the fuzz targets, which the tests run too.
//!
//! Imports only the public interface of the reader, under the name that its users use.

use super::keydredge::git::odb::pack::{Options, Packs, apply_delta};
use super::keydredge::git::{KindSet, Object, ObjectKind, ObjectNumber, Visitor};
use super::keydredge::model::{Copied, ObjectId};
use super::pack_builder;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// No object of a trial is larger, bytes; a few bytes can request gigabytes, and a trial has to be short.
const LARGEST: usize = 1 << 20;

const ALL: KindSet = KindSet::of(&ObjectKind::ALL);

/// Keeps every object with its number, and checks what the walk says about its base.
#[derive(Default)]
struct Record(Mutex<BTreeMap<ObjectId, (ObjectNumber, Vec<u8>)>>);

impl Visitor for Record {
    type Kept = usize;

    fn whole(&self, object: Object<'_>) -> usize {
        let mut objects = self.0.lock().expect("a panic ends the trial");
        let before = objects.insert(object.id(), (object.number, object.bytes.to_vec()));
        assert!(before.is_none(), "an object came twice");
        object.bytes.len()
    }

    fn derived(&self, base: &usize, base_bytes: &[u8], object: Object<'_>, copied: &[Copied]) -> usize {
        assert_eq!(*base, base_bytes.len());
        holds(base_bytes, object.bytes, copied);
        self.whole(object)
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        unreachable!("a walk returns what it could not read");
    }
}

/// Walks packs that `data` describes: every object that their indexes list is visited once or accounted for, and a
/// single read gives the same bytes.
pub fn pack(data: &[u8]) {
    let (packs, hash) = pack_builder::interpret(data);
    walk(packs, hash);
}

/// The same for packs and their indexes as they are.
pub fn walk(packs: Vec<(Vec<u8>, Vec<u8>)>, hash: usize) {
    let Ok(mut packs) = Packs::of_bytes(packs, hash) else { return };
    let mut ids: Vec<ObjectId> = packs.ids().collect();
    ids.sort_unstable();
    assert!(ids.is_sorted_by(|one, next| one < next), "an object is listed twice");
    let number = |id: &[u8]| {
        let at = ids.binary_search_by(|other| other.as_bytes().cmp(id)).ok()?;
        Some(ObjectNumber::new(at as u32))
    };
    packs.number(ids.len(), &number);
    // A small budget, so that bases are dropped and made again too.
    let small =
        Options { threads: 2, largest: Some(LARGEST), max_memory: Some(16 << 10), ..Options::default() };
    let record = Record::default();
    let walked = packs.walk(ALL, &small, &record);
    let objects = record.0.into_inner().expect("a panic ends the trial");
    assert_eq!(objects.len() + walked.unresolved.len() + packs.untyped().len(), packs.len());
    for (id, (own, bytes)) in &objects {
        assert_eq!(number(id.as_bytes()), Some(*own));
        assert!(packs.read(*id).is_some_and(|(_, read)| read == *bytes), "read alone it is another");
    }
    // One thread with memory for everything has the same result.
    let record = Record::default();
    let large = Options { threads: 1, largest: Some(LARGEST), ..Options::default() };
    assert_eq!(packs.walk(ALL, &large, &record).unresolved, walked.unresolved);
    assert!(record.0.into_inner().expect("a panic ends the trial") == objects);
    // So does a walk of every other object, as far as it goes.
    let wanted = |number: ObjectNumber| number.get() % 2 == 1;
    let record = Record::default();
    packs.walk_chosen(&packs.choose(ALL, &wanted), &wanted, &small, &record);
    let chosen = record.0.into_inner().expect("a panic ends the trial");
    assert!(chosen.iter().eq(objects.iter().filter(|(_, (number, _))| wanted(*number))));
}

/// Applies a delta that `data` describes (two bytes of the base's length, the base, the delta): the
/// result equals that of a plain application, or both fail.
pub fn delta(data: &[u8]) {
    let Some((len, rest)) = data.split_first_chunk() else { return };
    let (base, delta) = rest.split_at(usize::from(u16::from_be_bytes(*len)).min(rest.len()));
    let made = apply_delta(base, delta, LARGEST);
    assert_eq!(made.as_ref().ok().map(|(bytes, _)| bytes.clone()), plain(base, delta));
    if let Ok((bytes, copied)) = made {
        holds(base, &bytes, &copied);
    }
}

/// Shared runs ascend, do not overlap, and are shared.
fn holds(base: &[u8], bytes: &[u8], copied: &[Copied]) {
    let mut end = 0;
    for run in copied {
        assert!(run.to >= end && run.len > 0);
        end = run.to + run.len;
        assert_eq!(base[run.from..run.from + run.len], bytes[run.to..end]);
    }
}

/// A delta applied byte by byte, as gitformat-pack(5) describes it.
fn plain(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = delta.iter().copied();
    let mut sizes = [0_u64; 2];
    for size in &mut sizes {
        let mut shift = 0;
        loop {
            let byte = bytes.next()?;
            if shift > 56 {
                return None;
            }
            *size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
    }
    let mut made = Vec::new();
    while let Some(code) = bytes.next() {
        if code == 0 {
            return None;
        }
        if code < 0x80 {
            for _ in 0..code {
                made.push(bytes.next()?);
            }
            continue;
        }
        let mut operands = [0_u8; 8];
        // Four bytes of offset, then three of length.
        for (bit, operand) in operands[..7].iter_mut().enumerate() {
            if code >> bit & 1 == 1 {
                *operand = bytes.next()?;
            }
        }
        let word = u64::from_le_bytes(operands);
        let (from, len) = ((word & 0xffff_ffff) as usize, (word >> 32) as usize);
        let len = if len == 0 { 0x1_0000 } else { len };
        made.extend(base.get(from..from.checked_add(len)?)?);
        if made.len() > LARGEST {
            return None;
        }
    }
    (sizes == [base.len() as u64, made.len() as u64]).then_some(made)
}
