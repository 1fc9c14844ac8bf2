//! Refs in reftables: the files of `reftable/`, newest last, each a sorted list of records in blocks.
//!
//! Only ref records are read, and the index over their blocks; reflogs are not. Format: "reftable" in git's technical
//! documentation, versions 1 and 2. A table's header and footer must agree, and the footer's checksum must match;
//! names must ascend within a table.

use super::limits::LARGEST;
use super::ref_target::Target;
use super::repository::read;
use crate::git::Error;
use crate::model::ObjectId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The most tables that one stack has; git merges them long before.
const MOST_TABLES: usize = 10_000;
/// How often the list is read again if a table that it names is gone: git may merge tables in the meantime.
const ATTEMPTS: usize = 4;
/// The deepest index over blocks.
const DEEPEST: usize = 8;

/// The tables of one directory, oldest first.
#[derive(Debug)]
pub(crate) struct Stack {
    tables: Vec<RefTable>,
}

/// One table.
#[derive(Debug)]
struct RefTable {
    path: PathBuf,
    bytes: Vec<u8>,
    layout: Layout,
}

/// Where a table's parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    /// Bytes of an object id.
    width: usize,
    /// Bytes of the file's header, which the first block includes.
    header: usize,
    /// Blocks start at multiples of this; 0 if they follow each other.
    block_size: usize,
    /// Where the ref blocks end.
    refs_end: usize,
    /// The index over them, if there is one.
    index: Option<usize>,
    /// Where all blocks end.
    end: usize,
}

/// The value of a ref in a record: `None` if it was deleted.
type RefValue = Option<Target>;

/// A record: the ref's name and its value.
type Record = (Vec<u8>, RefValue);

impl Stack {
    /// Reads the tables of `dir`, whose ids have `width` bytes. No list is no table.
    pub(crate) fn read(dir: &Path, width: usize) -> Result<Self, Error> {
        let mut attempt = 1;
        loop {
            let list = read(&dir.join("tables.list"), LARGEST)?.unwrap_or_default();
            match Self::listed(dir, &list, width)? {
                Some(stack) => return Ok(stack),
                None if attempt < ATTEMPTS => attempt += 1,
                None => {
                    return Err(damaged(&dir.join("tables.list"), "it names a table that does not exist"));
                }
            }
        }
    }

    /// The tables of a list; `None` if one does not exist.
    fn listed(dir: &Path, list: &[u8], width: usize) -> Result<Option<Self>, Error> {
        let mut tables = Vec::new();
        for name in list.split(|&byte| byte == b'\n').filter(|name| !name.is_empty()) {
            let name = std::str::from_utf8(name).ok().filter(|name| !name.contains(['/', '\\', '\0']));
            let wrong = |what| damaged(&dir.join("tables.list"), what);
            let name = name.ok_or_else(|| wrong("a name in it is none of a table"))?;
            if tables.len() == MOST_TABLES {
                return Err(wrong("it names too many tables"));
            }
            let path = dir.join(name);
            let Some(bytes) = read(&path, LARGEST)? else { return Ok(None) };
            let layout = Layout::parse(&bytes, width).map_err(|what| damaged(&path, what))?;
            tables.push(RefTable { path, bytes, layout });
        }
        Ok(Some(Self { tables }))
    }

    /// The value of the ref `name`, if there is one.
    pub(crate) fn find(&self, name: &[u8]) -> Result<Option<Target>, Error> {
        for table in self.tables.iter().rev() {
            let found = table.layout.find(&table.bytes, name);
            if let Some(value) = found.map_err(|what| damaged(&table.path, what))? {
                return Ok(value);
            }
        }
        Ok(None)
    }

    /// All refs.
    pub(crate) fn all(&self) -> Result<BTreeMap<Vec<u8>, Target>, Error> {
        let mut refs = BTreeMap::new();
        for table in &self.tables {
            let records = table.layout.records(&table.bytes).map_err(|what| damaged(&table.path, what))?;
            for (name, value) in records {
                match value {
                    Some(target) => refs.insert(name, target),
                    None => refs.remove(&name),
                };
            }
        }
        Ok(refs)
    }
}

fn damaged(path: &Path, problem: &'static str) -> Error {
    Error::Reftable { path: path.to_owned(), problem }
}

/// All records of one table, whatever its bytes are: for tests and fuzzing.
///
/// # Errors
/// What is wrong with the table.
pub fn parse(bytes: &[u8], width: usize) -> Result<usize, &'static str> {
    let layout = Layout::parse(bytes, width)?;
    let records = layout.records(bytes)?;
    for (name, value) in records.iter().take(100) {
        let found = layout.find(bytes, name)?;
        // An index over the blocks may be wrong.
        assert!(layout.index.is_some() || found.as_ref() == Some(value), "a listed ref is found");
    }
    Ok(records.len())
}

impl Layout {
    fn parse(bytes: &[u8], width: usize) -> Result<Self, &'static str> {
        const CUT: &str = "it is cut short";
        let version = match bytes.get(..5).ok_or(CUT)? {
            [b'R', b'E', b'F', b'T', version @ (1 | 2)] => *version,
            _ => return Err("it is no reftable of version 1 or 2"),
        };
        let header = if version == 1 { 24 } else { 28 };
        let id = if version == 1 { b"sha1" } else { bytes.get(24..28).ok_or(CUT)? };
        if id != if width == 20 { b"sha1" } else { b"s256" } {
            return Err("its ids are not those of the repository");
        }
        let end = bytes.len().checked_sub(header + 44).filter(|&end| end >= header).ok_or(CUT)?;
        let footer = &bytes[end..];
        if footer[..header] != bytes[..header] {
            return Err("its footer is not its header's");
        }
        let (sealed, sum) = footer.split_at(header + 40);
        if crc32fast::hash(sealed).to_be_bytes() != sum {
            return Err("its footer's checksum is wrong");
        }
        let positions = footer[header..].as_chunks::<8>().0;
        let position = |at: usize| usize::try_from(u64::from_be_bytes(positions[at])).unwrap_or(usize::MAX);
        let (index, objects, logs) = (position(0), position(1) >> 5, position(3));
        // The first part after the refs ends them.
        let others = [index, objects, logs].into_iter().filter(|&at| at > 0).min();
        let refs_end = others.unwrap_or(end);
        if refs_end > end || index >= end {
            return Err("its footer points outside");
        }
        let refs_end = match bytes.get(header) {
            _ if end == header => 0,
            Some(b'r') => refs_end,
            // Reflogs alone.
            Some(b'g') => 0,
            _ => return Err("its first block is of an unknown kind"),
        };
        Ok(Self {
            width,
            header,
            block_size: usize::from(bytes[5]) << 16 | usize::from(bytes[6]) << 8 | usize::from(bytes[7]),
            refs_end,
            index: (index > 0).then_some(index),
            end,
        })
    }

    /// All ref records, in order.
    fn records(&self, bytes: &[u8]) -> Result<Vec<Record>, &'static str> {
        let mut records: Vec<Record> = Vec::new();
        let mut at = 0;
        while at < self.refs_end {
            let block = self.block(bytes, at)?;
            if block.kind != b'r' {
                return Err("a block among the refs is of another kind");
            }
            block.each(&mut |name, kind, mut rest| {
                if records.last().is_some_and(|(last, _)| last.as_slice() >= name) {
                    return Err("its names do not ascend");
                }
                records.push((name.to_vec(), value(kind, &mut rest, self.width)?));
                Ok(rest)
            })?;
            at = block.next;
        }
        Ok(records)
    }

    /// The table's record of `wanted`; `None` if there is none.
    fn find(&self, bytes: &[u8], wanted: &[u8]) -> Result<Option<RefValue>, &'static str> {
        let (mut at, is_only) = match self.index {
            None => (0, false),
            Some(index) => match self.descend(bytes, index, wanted)? {
                Some(at) => (at, true),
                None => return Ok(None),
            },
        };
        while at < self.refs_end {
            let block = self.block(bytes, at)?;
            if block.kind != b'r' {
                return Err("a block among the refs is of another kind");
            }
            let mut found = None;
            let mut is_past = false;
            block.each(&mut |name, kind, mut rest| {
                let value = value(kind, &mut rest, self.width)?;
                is_past |= name >= wanted;
                if name == wanted {
                    found = Some(value);
                }
                Ok(rest)
            })?;
            if found.is_some() || is_past || is_only {
                return Ok(found);
            }
            at = block.next;
        }
        Ok(None)
    }

    /// The ref block that would have `wanted`, by the index block at `at`.
    fn descend(&self, bytes: &[u8], mut at: usize, wanted: &[u8]) -> Result<Option<usize>, &'static str> {
        for _ in 0..DEEPEST {
            // A list of blocks without padding follows the refs.
            let mut below = None;
            let mut block = self.block(bytes, at)?;
            loop {
                if block.kind != b'i' {
                    return Err("a block of the index is of another kind");
                }
                block.each(&mut |name, _, mut rest| {
                    let position = varint(&mut rest)?;
                    if below.is_none() && name >= wanted {
                        below = Some(position);
                    }
                    Ok(rest)
                })?;
                // The index's top may be several blocks.
                if below.is_some() || block.next >= self.end || bytes.get(block.next) != Some(&b'i') {
                    break;
                }
                block = self.block(bytes, block.next)?;
            }
            let Some(position) = below else { return Ok(None) };
            at = usize::try_from(position)
                .ok()
                .filter(|&at| at < self.end)
                .ok_or("its index points outside")?;
            let first = if at == 0 { self.header } else { at };
            if bytes.get(first) == Some(&b'r') {
                return if at < self.refs_end { Ok(Some(at)) } else { Err("its index points outside") };
            }
        }
        Err("its index is too deep")
    }

    fn block<'a>(&self, bytes: &'a [u8], at: usize) -> Result<Block<'a>, &'static str> {
        const CUT: &str = "a block is cut short";
        let bytes = &bytes[..self.end];
        // The first block includes the file's header.
        let head = if at == 0 { self.header } else { at };
        let &[kind, high, middle, low] = bytes.get(head..).and_then(<[u8]>::first_chunk).ok_or(CUT)?;
        let len = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let after = at.checked_add(len).filter(|&after| after <= bytes.len()).ok_or(CUT)?;
        let body = bytes.get(head + 4..after).ok_or(CUT)?;
        let (rest, count) = body.split_last_chunk::<2>().ok_or(CUT)?;
        let restarts = usize::from(u16::from_be_bytes(*count)) * 3;
        let records = &rest[..rest.len().checked_sub(restarts).ok_or(CUT)?];
        // Blocks are padded with NULs to their size, except the last of a kind.
        let padded = self.block_size.checked_mul(at.checked_div(self.block_size).unwrap_or(0) + 1);
        let padded = padded.filter(|&padded| self.block_size > 0 && padded >= after);
        let next = match padded {
            Some(padded) if bytes.get(after).is_none_or(|&byte| byte == 0) => padded,
            _ => after,
        };
        Ok(Block { kind, records, next })
    }
}

/// One block.
struct Block<'a> {
    kind: u8,
    records: &'a [u8],
    /// Where the next one starts.
    next: usize,
}

/// Takes a record's name, its type and the bytes that follow; returns those after the record.
type Take<'t, 'a> = dyn FnMut(&[u8], u8, &'a [u8]) -> Result<&'a [u8], &'static str> + 't;

impl<'a> Block<'a> {
    /// Gives each record's name, its type and the bytes that follow to `take`, which returns those after the record.
    fn each(&self, take: &mut Take<'_, 'a>) -> Result<(), &'static str> {
        let mut rest = self.records;
        let mut name: Vec<u8> = Vec::new();
        while !rest.is_empty() {
            let kept = varint(&mut rest)? as usize;
            let typed = varint(&mut rest)?;
            let (fresh, kind) = ((typed >> 3) as usize, (typed & 7) as u8);
            if kept > name.len() || fresh > rest.len() {
                return Err("a name in it is damaged");
            }
            name.truncate(kept);
            let (suffix, mut after) = rest.split_at(fresh);
            name.extend_from_slice(suffix);
            if self.kind == b'r' {
                // When the ref was updated last.
                varint(&mut after)?;
            }
            rest = take(&name, kind, after)?;
        }
        Ok(())
    }
}

/// The value of type `kind` at the start of `rest`, which is left after it.
fn value(kind: u8, rest: &mut &[u8], width: usize) -> Result<RefValue, &'static str> {
    const CUT: &str = "a value in it is cut short";
    let id = |rest: &mut &[u8]| {
        let (id, after) = rest.split_at_checked(width).ok_or(CUT)?;
        *rest = after;
        ObjectId::from_bytes(id).ok_or(CUT)
    };
    match kind {
        0 => Ok(None),
        1 => Ok(Some(Target::Id(id(rest)?))),
        2 => {
            let target = id(rest)?;
            id(rest)?;
            Ok(Some(Target::Id(target)))
        }
        3 => {
            let len = varint(rest)? as usize;
            let (name, after) = rest.split_at_checked(len).ok_or(CUT)?;
            *rest = after;
            Ok(Some(Target::Ref(name.to_vec())))
        }
        _ => Err("a value in it is of an unknown type"),
    }
}

/// A number of variable length, as in the offsets of deltas; at most 56 bits.
fn varint(rest: &mut &[u8]) -> Result<u64, &'static str> {
    const CUT: &str = "a number in it is damaged";
    let mut next = || {
        let (&byte, after) = rest.split_first().ok_or(CUT)?;
        *rest = after;
        Ok::<u8, &'static str>(byte)
    };
    let mut byte = next()?;
    let mut number = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        if number >> 48 != 0 {
            return Err(CUT);
        }
        byte = next()?;
        number = (number + 1) << 7 | u64::from(byte & 0x7f);
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables that git 2.47 made: `sha1` after `pack-refs` and a deletion, `sha256` with three tables of which the
    /// later ones delete, `many` with an index over its blocks.
    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reftable").join(name)
    }

    fn table(name: &str) -> Vec<u8> {
        let list = std::fs::read_to_string(fixture(name).join("tables.list")).expect("it is committed");
        let first = list.lines().next().expect("it names a table");
        std::fs::read(fixture(name).join(first)).expect("it is committed")
    }

    #[test]
    fn tables_that_git_made_say_what_git_says() {
        for (name, width) in [("sha1", 20), ("sha256", 32)] {
            let stack = Stack::read(&fixture(name), width).expect("they are sound");
            let expected = std::fs::read_to_string(fixture(&format!("{name}.txt"))).expect("it is committed");
            let mut refs = BTreeMap::new();
            for line in expected.lines() {
                let target = match *line.split(' ').collect::<Vec<_>>().as_slice() {
                    [name, id, ""] => (name, Target::Id(ObjectId::from_hex(id).expect("an id"))),
                    [name, _, link] => (name, Target::Ref(link.as_bytes().to_vec())),
                    // The last line is the target of `HEAD`.
                    [link] => ("HEAD", Target::Ref(link.as_bytes().to_vec())),
                    _ => panic!("{line}"),
                };
                refs.insert(target.0.as_bytes().to_vec(), target.1);
            }
            assert_eq!(stack.all().expect("they are sound"), refs);
            for (name, target) in &refs {
                assert_eq!(stack.find(name).expect("they are sound").as_ref(), Some(target));
            }
            for other in ["refs/heads/feature/x", "refs/heads/gone", "refs/heads", "A", "refs/z", ""] {
                assert_eq!(stack.find(other.as_bytes()).expect("they are sound"), None, "{other}");
            }
            assert!(Stack::read(&fixture(name), 52 - width).is_err(), "ids of another length");
        }
    }

    #[test]
    fn many_refs_are_found_through_the_index() {
        let stack = Stack::read(&fixture("many"), 20).expect("it is sound");
        let layout = stack.tables[0].layout;
        assert!(layout.index.is_some());
        let all = stack.all().expect("it is sound");
        assert_eq!(all.len(), 902);
        for (name, target) in &all {
            assert_eq!(stack.find(name).expect("it is sound").as_ref(), Some(target));
            let other = [name.as_slice(), b"!"].concat();
            assert_eq!(stack.find(&other).expect("it is sound"), None);
        }
    }

    #[test]
    fn no_damage_makes_it_panic_and_most_is_seen() {
        for (name, width) in [("sha1", 20), ("sha256", 32)] {
            let bytes = table(name);
            assert!(parse(&bytes, width).is_ok_and(|count| count > 4));
            for at in 0..bytes.len() {
                assert!(parse(&bytes[..at], width).is_err(), "cut at {at}");
                for bit in [0, 3, 7] {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= 1 << bit;
                    let _ = parse(&damaged, width);
                    // With a matching footer.
                    let header = if width == 20 { 24 } else { 28 };
                    let end = damaged.len() - 44 - header;
                    damaged.copy_within(..header, end);
                    let sum = crc32fast::hash(&damaged[end..damaged.len() - 4]).to_be_bytes();
                    let len = damaged.len();
                    damaged[len - 4..].copy_from_slice(&sum);
                    let _ = parse(&damaged, width);
                }
            }
        }
        let bytes = table("many");
        for at in (0..bytes.len()).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x91;
            let _ = parse(&damaged, 20);
        }
    }

    #[test]
    fn a_list_is_read_again_while_tables_go_and_names_lead_nowhere_else() {
        let dir = tempfile::tempdir().expect("a directory can be made");
        let list = |text: &str| {
            std::fs::write(dir.path().join("tables.list"), text).expect("it can be written");
            Stack::read(dir.path(), 20)
        };
        assert!(list("").is_ok_and(|stack| stack.tables.is_empty()));
        assert!(matches!(list("none.ref\n"), Err(Error::Reftable { .. })));
        assert!(matches!(list("../tables.list\n"), Err(Error::Reftable { .. })));
        std::fs::write(dir.path().join("one.ref"), table("sha1")).expect("it can be written");
        assert!(list("one.ref\n").is_ok_and(|stack| stack.tables.len() == 1));
        assert!(list(&"one.ref\n".repeat(MOST_TABLES + 1)).is_err());
    }
}
