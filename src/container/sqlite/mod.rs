//! SQLite databases: the texts of their rows. Source: "Database File Format" of SQLite.
//!
//! In the file the values of a row follow each other without anything between them, and long ones are in pieces on other
//! pages. Here each row is a line, with tabs between its values. Every page of rows is read, in the order of the file, also one
//! that no table names any more. A value that one line takes is in quotes after the name of its column (`password: "…"`), and
//! a value that is a container is opened.

use super::budget::Budget;
use super::format::Known;
use super::member::fill;
use super::walk::{At, Walk};
use super::{DAMAGED, Input, TOO_LARGE, TOO_MANY, reason_of};
use columns::Columns;
use std::borrow::Cow;
use std::io::{self, Read, SeekFrom};

mod columns;

/// The longest row that is put together, bytes.
const LONGEST: u64 = 16 << 20;

/// The longest value that is named, bytes.
const LONGEST_NAMED: usize = 4 << 10;

/// The longest statement that names columns, bytes.
const LONGEST_SQL: usize = 64 << 10;

/// The most tables whose columns have names.
const MOST_TABLES: usize = 4096;

/// The most pages of a table whose columns have names.
const MOST_LEAVES: u64 = 1 << 20;

/// The most rows with a container in them.
const MOST_CONTAINERS: usize = 1_000_000;

/// True for a database.
pub(super) fn is_database(head: &[u8]) -> bool {
    head.starts_with(b"SQLite format 3\0") && head.len() >= 100
}

/// Gives out the rows.
pub(super) fn read(walk: &mut Walk<'_>, input: &mut dyn Input, at: &At) -> io::Result<()> {
    let budget = walk.budget;
    let mut rows = match Rows::open(input, budget, walk.openers.recognise) {
        Ok(Some(rows)) => rows,
        Ok(None) => return walk.ends(&at.path, DAMAGED),
        Err(error) => return walk.ends(&at.path, reason_of(&error)),
    };
    rows.name_columns();
    walk.member("rows", &mut rows, at)?;
    for (number, (page, cell)) in std::mem::take(&mut rows.containers).into_iter().enumerate() {
        let name = format!("value {}", number + 1);
        match rows.contained(page, cell) {
            Ok(values) => {
                for value in values {
                    if !walk.is_over {
                        walk.member(&name, &mut value.as_slice(), at)?;
                    }
                }
            }
            Err(error) => walk.miss(&at.join(&name), reason_of(&error)),
        }
    }
    match rows.problem {
        Some(reason) => walk.ends(&at.join("rows"), reason),
        None => Ok(()),
    }
}

/// The rows as text.
struct Rows<'i> {
    input: &'i mut dyn Input,
    page_size: u64,
    /// Bytes of a page that are used.
    usable: usize,
    is_utf16: Option<fn([u8; 2]) -> u16>,
    pages: u64,
    /// The page to read next, from 1.
    next: u64,
    /// The page whose cells are being read.
    page: Vec<u8>,
    cells: Cells,
    budget: &'i Budget,
    recognise: fn(&[u8], bool) -> Option<Known>,
    columns: Columns,
    /// Rows with a value that is a container: their page, and which of its cells.
    containers: Vec<(u64, usize)>,
    text: Vec<u8>,
    given: usize,
    /// Why something was left out.
    problem: Option<&'static str>,
}

impl Read for Rows<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            self.text.clear();
            self.given = 0;
            if !self.next_cell()? {
                if self.next > self.pages {
                    return Ok(0);
                }
                let number = self.next;
                self.next += 1;
                self.page = self.page(number)?;
                self.cells = Cells::of(number, &self.page);
            }
        }
        let len = buffer.len().min(self.text.len() - self.given);
        buffer[..len].copy_from_slice(&self.text[self.given..self.given + len]);
        self.given += len;
        Ok(len)
    }
}

/// The cells of a page that are left.
#[derive(Clone, Copy, Debug, Default)]
struct Cells {
    is_table: bool,
    /// Where their pointers are.
    pointers: usize,
    /// Bytes of each before its length.
    skipped: usize,
    next: usize,
    count: usize,
}

impl Cells {
    /// Of a page; none if it is one without rows.
    fn of(number: u64, page: &[u8]) -> Self {
        let start = if number == 1 { 100 } else { 0 };
        let Some(header) = page.get(start..start + 12) else { return Self::default() };
        let count = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let cells = Self { pointers: start + 8, count, ..Self::default() };
        // A leaf of a table; a leaf or an inner page of an index, or of a table without row ids.
        match header[0] {
            0x0d => Self { is_table: true, ..cells },
            0x0a => cells,
            0x02 => Self { pointers: start + 12, skipped: 4, ..cells },
            _ => Self::default(),
        }
    }
}

impl<'i> Rows<'i> {
    fn open(
        input: &'i mut dyn Input,
        budget: &'i Budget,
        recognise: fn(&[u8], bool) -> Option<Known>,
    ) -> io::Result<Option<Self>> {
        let len = input.seek(SeekFrom::End(0))?;
        input.rewind()?;
        let mut head = [0; 100];
        if fill(&mut &mut *input, &mut head)? < head.len() {
            return Ok(None);
        }
        let page_size = match u64::from(head[16]) << 8 | u64::from(head[17]) {
            1 => 65_536,
            size if size.is_power_of_two() && size >= 512 => size,
            _ => return Ok(None),
        };
        let usable = (page_size as usize).saturating_sub(usize::from(head[20]));
        if usable < 480 {
            return Ok(None);
        }
        let is_utf16 = match head[59] {
            2 => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
            3 => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
            _ => None,
        };
        let pages = len / page_size;
        let (text, problem) = (Vec::new(), (len % page_size != 0).then_some(DAMAGED));
        let (page, cells) = (Vec::new(), Cells::default());
        Ok(Some(Self {
            input,
            page_size,
            usable,
            is_utf16,
            pages,
            next: 1,
            page,
            cells,
            budget,
            recognise,
            columns: Columns::default(),
            containers: Vec::new(),
            text,
            given: 0,
            problem,
        }))
    }

    /// Learns the names of columns from the schema, whose own table begins on the first page. What cannot be followed has
    /// no names.
    fn name_columns(&mut self) {
        let mut schema = Vec::new();
        let mut leaves = Vec::new();
        // Each page of a file is looked at once at most.
        let mut left = self.pages.min(MOST_LEAVES);
        self.leaves(1, &mut left, &mut |page| leaves.push(page));
        for number in leaves {
            let Ok(page) = self.page(number) else { continue };
            self.page = page;
            self.cells = Cells::of(number, &self.page);
            while self.cells.next < self.cells.count && schema.len() < MOST_TABLES {
                let Ok(payload) = self.next_payload() else { break };
                schema.extend(payload.as_deref().and_then(|payload| self.table(payload)));
            }
        }
        let mut columns = Columns::default();
        for (root, names) in schema {
            let table = columns.add(names);
            self.leaves(root, &mut left, &mut |page| columns.leaf(page, table));
        }
        self.columns = columns;
        (self.page, self.cells) = (Vec::new(), Cells::default());
    }

    /// Of a row of the schema that makes a table: where that begins, and the names of its columns.
    fn table(&self, payload: &[u8]) -> Option<(u64, Vec<String>)> {
        let mut row = values(payload);
        let kind = self.decoded(&row.next()?);
        let (root, sql) = (row.nth(2)?, row.next()?);
        let number = root.bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let is_table = kind == "table" && (1..=6).contains(&root.kind) && sql.bytes.len() <= LONGEST_SQL;
        is_table.then(|| (number, columns::of(&self.decoded(&sql))))
    }

    fn decoded(&self, value: &RowValue<'_>) -> String {
        match self.is_utf16 {
            Some(unit) => {
                let units: Vec<u16> = value.bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
                String::from_utf16_lossy(&units)
            }
            None => String::from_utf8_lossy(value.bytes).into_owned(),
        }
    }

    /// Calls `each` for the pages with rows of the table that begins on the page `root`, as long as pages are `left` to look
    /// at.
    fn leaves(&mut self, root: u64, left: &mut u64, each: &mut dyn FnMut(u64)) {
        let mut ahead = vec![root];
        while let Some(number) = ahead.pop() {
            if !(1..=self.pages).contains(&number) || *left == 0 {
                continue;
            }
            *left -= 1;
            let start = if number == 1 { 100 } else { 0 };
            match self.kind(number, start) {
                Ok(0x0d) => each(number),
                Ok(0x05) => {
                    let Ok(page) = self.page(number) else { continue };
                    let Some(header) = page.get(start..start + 12) else { continue };
                    let count = usize::from(u16::from_be_bytes([header[3], header[4]]));
                    let last = header.last_chunk::<4>().map(|last| u32::from_be_bytes(*last));
                    let child = |number: usize| {
                        let pointer = page.get(start + 12 + number * 2..)?.first_chunk::<2>()?;
                        let cell = page.get(usize::from(u16::from_be_bytes(*pointer))..)?;
                        Some(u32::from_be_bytes(*cell.first_chunk::<4>()?))
                    };
                    ahead.extend((0..count).filter_map(child).chain(last).map(u64::from));
                }
                _ => {}
            }
        }
    }

    /// The byte that says what kind of page this is.
    fn kind(&mut self, number: u64, start: usize) -> io::Result<u8> {
        let mut kind = [0];
        self.input.seek(SeekFrom::Start((number - 1) * self.page_size + start as u64))?;
        self.input.read_exact(&mut kind).map(|()| kind[0])
    }

    fn page(&mut self, number: u64) -> io::Result<Vec<u8>> {
        let mut page = vec![0; self.page_size as usize];
        self.input.seek(SeekFrom::Start((number - 1) * self.page_size))?;
        let filled = fill(&mut &mut *self.input, &mut page)?;
        page.truncate(filled.min(self.usable));
        Ok(page)
    }

    /// Adds the row of the next cell; false if there is none on this page.
    fn next_cell(&mut self) -> io::Result<bool> {
        if self.cells.next >= self.cells.count {
            return Ok(false);
        }
        if let Some(payload) = self.next_payload()? {
            self.row(&payload);
        }
        Ok(true)
    }

    /// The bytes of the next cell's row, if it is one.
    fn next_payload(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Cells { is_table, pointers, skipped, next, .. } = self.cells;
        self.cells.next += 1;
        let pointer = self.page.get(pointers + next * 2..pointers + next * 2 + 2);
        let at = pointer.map(|pointer| usize::from(u16::from_be_bytes([pointer[0], pointer[1]])) + skipped);
        let Some(mut rest) = at.and_then(|at| self.page.get(at..)) else { return Ok(None) };
        let Some(len) = varint(&mut rest) else { return Ok(None) };
        if is_table && varint(&mut rest).is_none() {
            return Ok(None);
        }
        let rest = rest.to_vec();
        let payload = self.payload(&rest, len, is_table)?;
        // Cells may share what they point to.
        self.budget.take(payload.len() as u64)?;
        Ok(Some(payload))
    }

    /// A row's bytes: the start that is on its page, then a chain of other pages.
    fn payload(&mut self, rest: &[u8], len: u64, is_table: bool) -> io::Result<Vec<u8>> {
        let usable = self.usable as u64;
        let most = if is_table { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if len <= most {
            return Ok(rest[..rest.len().min(len as usize)].to_vec());
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let here = least + (len - least) % (usable - 4);
        let here = if here <= most { here } else { least } as usize;
        let Some((start, after)) = rest.split_at_checked(here) else { return Ok(rest.to_vec()) };
        let mut payload = start.to_vec();
        let mut next = after.first_chunk().map_or(0, |next| u32::from_be_bytes(*next));
        if len > LONGEST {
            self.problem = Some(TOO_LARGE);
        }
        let len = len.min(LONGEST) as usize;
        while next != 0 && payload.len() < len && u64::from(next) <= self.pages {
            let page = self.page(next.into())?;
            let Some((pointer, content)) = page.split_first_chunk() else { break };
            payload.extend_from_slice(&content[..content.len().min(len - payload.len())]);
            next = u32::from_be_bytes(*pointer);
        }
        Ok(payload)
    }

    /// Adds a row: its texts and blobs, each after the name of its column if that is known.
    fn row(&mut self, payload: &[u8]) {
        let columns = self.columns.of_leaf(self.next - 1);
        let mut is_first = true;
        let mut has_container = false;
        for (number, RowValue { kind, bytes }) in values(payload).enumerate() {
            if kind < 12 || bytes.is_empty() {
                continue;
            }
            if !is_first {
                self.text.push(b'\t');
            }
            is_first = false;
            has_container |= kind % 2 == 0 && (self.recognise)(bytes, true).is_some();
            let text: Cow<'_, [u8]> = match self.is_utf16.filter(|_| kind % 2 == 1) {
                Some(unit) => {
                    let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
                    String::from_utf16_lossy(&units).into_bytes().into()
                }
                None => bytes.into(),
            };
            match columns.get(number).filter(|name| !name.is_empty() && is_quotable(&text)) {
                Some(name) => {
                    self.text.extend_from_slice(name.as_bytes());
                    self.text.extend_from_slice(b": \"");
                    self.text.extend_from_slice(&text);
                    self.text.push(b'"');
                }
                None => self.text.extend_from_slice(&text),
            }
        }
        if !is_first {
            self.text.push(b'\n');
        }
        if has_container {
            match self.containers.len() < MOST_CONTAINERS {
                true => self.containers.push((self.next - 1, self.cells.next - 1)),
                false => self.problem = Some(TOO_MANY),
            }
        }
    }

    /// The values that are containers themselves, of the row of this cell on this page.
    fn contained(&mut self, page: u64, cell: usize) -> io::Result<Vec<Vec<u8>>> {
        self.page = self.page(page)?;
        self.cells = Cells { next: cell, ..Cells::of(page, &self.page) };
        let Some(payload) = self.next_payload()? else { return Ok(Vec::new()) };
        let blobs = values(&payload).filter(|value| value.kind >= 12 && value.kind % 2 == 0);
        let containers = blobs.filter(|value| (self.recognise)(value.bytes, true).is_some());
        Ok(containers.map(|value| value.bytes.to_vec()).collect())
    }
}

/// True for a text that reads the same between quotes: one line, no quotes, no escapes.
fn is_quotable(text: &[u8]) -> bool {
    text.len() <= LONGEST_NAMED && text.iter().all(|byte| *byte >= b' ' && !matches!(byte, b'"' | b'\\'))
}

/// A value of a row.
struct RowValue<'p> {
    /// What it is, and how long: from 12 on even for bytes, odd for a text.
    kind: u64,
    bytes: &'p [u8],
}

/// The values of a row.
fn values(payload: &[u8]) -> impl Iterator<Item = RowValue<'_>> {
    let mut rest = payload;
    let header_len = varint(&mut rest).and_then(|len| usize::try_from(len).ok());
    let used = payload.len() - rest.len();
    let header_len = header_len.filter(|len| (used..=payload.len()).contains(len)).unwrap_or(used);
    let (mut kinds, mut rest) = (&payload[used..header_len], &payload[header_len..]);
    std::iter::from_fn(move || {
        let kind = varint(&mut kinds)?;
        let len = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            _ => kind.saturating_sub(12) / 2,
        };
        let (bytes, after) = rest.split_at(rest.len().min(usize::try_from(len).unwrap_or(usize::MAX)));
        rest = after;
        Some(RowValue { kind, bytes })
    })
}

/// A number of up to nine bytes, seven bits each.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for at in 0..9 {
        let (&byte, more) = rest.split_first()?;
        *rest = more;
        if at == 8 {
            return Some(number << 8 | u64::from(byte));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}
