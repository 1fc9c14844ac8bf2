//! SQLite databases: the texts of their rows. Source: "Database File Format" of SQLite.
//!
//! In the file the values of a row follow each other without anything between them, and long ones are in pieces on other
//! pages. Here each row is a line, with tabs between its values. Every page of rows is read, in the order of the file.

use super::budget::Budget;
use super::member::fill;
use super::walk::{At, Walk};
use super::{DAMAGED, Input, TOO_LARGE, reason_of};
use std::io::{self, Read, SeekFrom};

/// The longest row that is put together, bytes.
const LONGEST: u64 = 16 << 20;

/// True for a database.
pub(super) fn is_database(head: &[u8]) -> bool {
    head.starts_with(b"SQLite format 3\0") && head.len() >= 100
}

/// Gives out the rows.
pub(super) fn read(walk: &mut Walk<'_>, input: &mut dyn Input, at: &At) -> io::Result<()> {
    let budget = walk.budget;
    let mut rows = match Rows::open(input, budget) {
        Ok(Some(rows)) => rows,
        Ok(None) => return walk.ends(&at.path, DAMAGED),
        Err(error) => return walk.ends(&at.path, reason_of(&error)),
    };
    walk.member("rows", &mut rows, at)?;
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
    fn open(input: &'i mut dyn Input, budget: &'i Budget) -> io::Result<Option<Self>> {
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
            text,
            given: 0,
            problem,
        }))
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
        let Cells { is_table, pointers, skipped, next, count } = self.cells;
        if next >= count {
            return Ok(false);
        }
        self.cells.next += 1;
        let pointer = self.page.get(pointers + next * 2..pointers + next * 2 + 2);
        let at = pointer.map(|pointer| usize::from(u16::from_be_bytes([pointer[0], pointer[1]])) + skipped);
        let Some(mut rest) = at.and_then(|at| self.page.get(at..)) else { return Ok(true) };
        let Some(len) = varint(&mut rest) else { return Ok(true) };
        if !is_table || varint(&mut rest).is_some() {
            let rest = rest.to_vec();
            let payload = self.payload(&rest, len, is_table)?;
            // Cells may share what they point to.
            self.budget.take(payload.len() as u64)?;
            self.row(&payload);
        }
        Ok(true)
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

    /// Adds a row: its texts and blobs.
    fn row(&mut self, payload: &[u8]) {
        let mut rest = payload;
        let Some(header_len) = varint(&mut rest) else { return };
        let used = payload.len() - rest.len();
        let Some(header_len) =
            usize::try_from(header_len).ok().filter(|len| (used..=payload.len()).contains(len))
        else {
            return;
        };
        let (mut types, mut values) = (&payload[used..header_len], &payload[header_len..]);
        let mut is_first = true;
        while let Some(kind) = varint(&mut types) {
            let len = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                _ => kind.saturating_sub(12) / 2,
            };
            let (value, after) =
                values.split_at(values.len().min(usize::try_from(len).unwrap_or(usize::MAX)));
            values = after;
            if kind < 12 || value.is_empty() {
                continue;
            }
            if !is_first {
                self.text.push(b'\t');
            }
            is_first = false;
            match self.is_utf16.filter(|_| kind % 2 == 1) {
                Some(unit) => {
                    let units: Vec<u16> = value.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
                    self.text.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
                }
                None => self.text.extend_from_slice(value),
            }
        }
        if !is_first {
            self.text.push(b'\n');
        }
    }
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
