//! A SQLite database file, written at once: tables without indexes, whose rows are numbered from 1.
//!
//! The format is that of <https://sqlite.org/fileformat2.html>. SQLite itself is more than a minute of compilation and a
//! megabyte of program; what is needed of it here is this file. tests/cli/inventory.rs has `sqlite3` check what it makes.

use std::io::{self, Write};

/// Bytes of a page; none is reserved at its end.
const PAGE: usize = 4096;

/// The file's own header, at the start of the first page.
const FILE_HEADER: usize = 100;

/// The most bytes of a row that a leaf holds, and how many it holds at least of a longer one (format, section 1.6).
const MOST: usize = PAGE - 35;
const LEAST: usize = (PAGE - 12) * 32 / 255 - 23;

/// The most children of a page: each has a page's number (4 bytes), a row's (9 at most) and its place (2).
const CHILDREN: usize = (PAGE - 12) / 15;

/// The first byte of a page of a table: with rows, or with further pages.
const LEAF: u8 = 13;
const INTERIOR: u8 = 5;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Column {
    Null,
    Integer(i64),
    Text(String),
}

/// A database in the making.
#[derive(Debug, Default)]
pub(super) struct DatabaseFile {
    /// All pages but the first.
    pages: Vec<Vec<u8>>,
    /// The rows of the schema.
    schema: Vec<Vec<Column>>,
}

/// A page, or a subtree, and the number of its last row.
struct Subtree {
    page: u32,
    last: i64,
}

/// A page of cells being filled: their bytes from the end, their places from the start.
struct Filling {
    /// Bytes before the page's header.
    offset: usize,
    header: usize,
    cells: Vec<Vec<u8>>,
    used: usize,
}

impl Filling {
    fn new(offset: usize, header: usize) -> Self {
        Self { offset, header, cells: Vec::new(), used: offset + header }
    }

    fn fits(&self, cell: &[u8]) -> bool {
        self.used + cell.len() + 2 <= PAGE
    }

    fn push(&mut self, cell: Vec<u8>) {
        self.used += cell.len() + 2;
        self.cells.push(cell);
    }

    /// The page; `right` is the last child of an interior one.
    fn page(&self, kind: u8, right: u32) -> Vec<u8> {
        let mut page = vec![0; PAGE];
        let mut end = PAGE;
        let mut pointer = self.offset + self.header;
        for cell in &self.cells {
            end -= cell.len();
            page[end..end + cell.len()].copy_from_slice(cell);
            page[pointer..pointer + 2].copy_from_slice(&(end as u16).to_be_bytes());
            pointer += 2;
        }
        let header = &mut page[self.offset..];
        header[0] = kind;
        header[3..5].copy_from_slice(&(self.cells.len() as u16).to_be_bytes());
        header[5..7].copy_from_slice(&(end as u16).to_be_bytes());
        if kind == INTERIOR {
            header[8..12].copy_from_slice(&right.to_be_bytes());
        }
        page
    }
}

impl DatabaseFile {
    /// Adds a table with its rows.
    pub(super) fn add(&mut self, name: &str, create: &str, rows: impl Iterator<Item = Vec<Column>>) {
        let mut level = Vec::new();
        let mut filling = Filling::new(0, 8);
        let mut last = 0;
        for (number, row) in (1..).zip(rows) {
            let cell = self.cell(number, &row);
            if !filling.fits(&cell) {
                let page = self.keep(filling.page(LEAF, 0));
                level.push(Subtree { page, last });
                filling = Filling::new(0, 8);
            }
            filling.push(cell);
            last = number;
        }
        let page = self.keep(filling.page(LEAF, 0));
        level.push(Subtree { page, last });
        while level.len() > 1 {
            level = self.above(&level);
        }
        let root = i64::from(level[0].page);
        let text = |text: &str| Column::Text(text.to_owned());
        self.schema.push(vec![text("table"), text(name), text(name), Column::Integer(root), text(create)]);
    }

    /// The pages above those of a level: as few as can be, and equally full, so that none has a single child.
    fn above(&mut self, level: &[Subtree]) -> Vec<Subtree> {
        let pages = level.len().div_ceil(CHILDREN);
        let (each, more) = (level.len() / pages, level.len() % pages);
        let mut rest = level;
        let mut above = Vec::new();
        for number in 0..pages {
            let (children, others) = rest.split_at(each + usize::from(number < more));
            rest = others;
            let Some((right, before)) = children.split_last() else { continue };
            let mut filling = Filling::new(0, 12);
            for child in before {
                let mut cell = child.page.to_be_bytes().to_vec();
                varint(child.last as u64, &mut cell);
                filling.push(cell);
            }
            let page = self.keep(filling.page(INTERIOR, right.page));
            above.push(Subtree { page, last: right.last });
        }
        above
    }

    /// Appends a page; its number. The first page of the file, which is written at the end, is number 1.
    fn keep(&mut self, page: Vec<u8>) -> u32 {
        self.pages.push(page);
        self.pages.len() as u32 + 1
    }

    /// The cell of a row; what does not fit goes to pages of its own.
    fn cell(&mut self, number: i64, row: &[Column]) -> Vec<u8> {
        let payload = record(row);
        let local = if payload.len() <= MOST {
            payload.len()
        } else {
            let rest = LEAST + (payload.len() - LEAST) % (PAGE - 4);
            if rest <= MOST { rest } else { LEAST }
        };
        let mut cell = Vec::with_capacity(local + 16);
        varint(payload.len() as u64, &mut cell);
        varint(number as u64, &mut cell);
        cell.extend_from_slice(&payload[..local]);
        // From the last one, since each has the number of the next.
        let mut next = 0_u32;
        for chunk in payload[local..].chunks(PAGE - 4).rev() {
            let mut page = next.to_be_bytes().to_vec();
            page.extend_from_slice(chunk);
            page.resize(PAGE, 0);
            next = self.keep(page);
        }
        if local < payload.len() {
            cell.extend_from_slice(&next.to_be_bytes());
        }
        cell
    }

    /// Writes the file.
    pub(super) fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut filling = Filling::new(FILE_HEADER, 8);
        for (number, row) in (1..).zip(std::mem::take(&mut self.schema)) {
            filling.push(self.cell(number, &row));
        }
        if filling.used > PAGE {
            return Err(io::Error::other("the schema does not fit a page"));
        }
        let mut first = filling.page(LEAF, 0);
        first[..FILE_HEADER].copy_from_slice(&self.header());
        out.write_all(&first)?;
        self.pages.iter().try_for_each(|page| out.write_all(page))
    }

    fn header(&self) -> [u8; FILE_HEADER] {
        let mut header = [0; FILE_HEADER];
        let mut put = |at: usize, number: u32| header[at..at + 4].copy_from_slice(&number.to_be_bytes());
        // A change counter, and the version for which the number of pages is valid: the same.
        put(24, 1);
        put(92, 1);
        put(28, self.pages.len() as u32 + 1);
        // Cookie and format of the schema, UTF-8, our version of the tables, a version of SQLite that writes this format.
        put(40, 1);
        put(44, 4);
        put(56, 1);
        put(60, 1);
        put(96, 3_040_001);
        header[..16].copy_from_slice(b"SQLite format 3\0");
        header[16..18].copy_from_slice(&(PAGE as u16).to_be_bytes());
        // No log beside the file; fractions that are fixed.
        header[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
        header
    }
}

/// A row in SQLite's record format.
fn record(row: &[Column]) -> Vec<u8> {
    let (mut types, mut body) = (Vec::new(), Vec::new());
    for column in row {
        match column {
            Column::Null => varint(0, &mut types),
            Column::Integer(0) => varint(8, &mut types),
            Column::Integer(1) => varint(9, &mut types),
            Column::Integer(number) => {
                varint(6, &mut types);
                body.extend_from_slice(&number.to_be_bytes());
            }
            Column::Text(text) => {
                varint(13 + 2 * text.len() as u64, &mut types);
                body.extend_from_slice(text.as_bytes());
            }
        }
    }
    // The header's length counts itself: two bytes are enough for it, and one for a short one.
    let length = if types.len() < 127 { types.len() + 1 } else { types.len() + 2 };
    let mut record = Vec::with_capacity(length + body.len());
    varint(length as u64, &mut record);
    record.extend_from_slice(&types);
    record.extend_from_slice(&body);
    record
}

/// A number in one to nine bytes, seven bits each, the highest first.
fn varint(number: u64, out: &mut Vec<u8>) {
    if number >> 56 != 0 {
        out.extend((0..8).rev().map(|part| (number >> (8 + 7 * part)) as u8 | 0x80));
        out.push(number as u8);
        return;
    }
    let parts = (64 - number.leading_zeros()).div_ceil(7).max(1);
    out.extend(
        (0..parts).rev().map(|part| (number >> (7 * part)) as u8 & 0x7f | if part > 0 { 0x80 } else { 0 }),
    );
}
