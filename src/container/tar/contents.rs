//! What is in an archive and where, without opening it: for sources that read members one by one.

use super::super::budget::Budget;
use super::super::format::{Format, Known};
use super::super::layers;
use super::super::member::{drain, shown, start};
use super::super::openers::recognise;
use super::super::{DAMAGED, Input, Limits, METHOD, TOO_MANY, fault, reason_of};
use super::{TarEntry, TarHeaders, TarStep, is_header};
use std::io::{self, BufRead, BufReader, Cursor, Read};

/// Bytes that show what an archive is.
const HEAD: u64 = 512;

/// A member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMember {
    /// Its name, as it is shown.
    pub name: String,
    /// What it links to, if it is a link.
    pub link: Option<MemberLink>,
    /// The offset of its content in the archive; zero in a compressed one.
    pub offset: u64,
    /// Bytes of its content.
    pub size: u64,
}

/// What a member links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberLink {
    /// The member of this name.
    Hard(String),
    /// This path, from the member's own folder.
    Symbolic(String),
}

impl StoredMember {
    fn of(entry: &TarEntry, offset: u64) -> Self {
        let target = || String::from_utf8_lossy(&entry.target).into_owned();
        let link = match entry.kind {
            b'1' => Some(MemberLink::Hard(shown(&entry.target))),
            b'2' => Some(MemberLink::Symbolic(target())),
            _ => None,
        };
        Self { name: shown(&entry.name), link, offset, size: entry.stored() }
    }
}

/// How an archive of tar is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveForm {
    /// As it is.
    Plain,
    /// Compressed, so that it can only be read from start to end.
    Compressed,
}

/// Whether something that begins like this (512 bytes at least, if there are as many) is an archive of tar.
pub fn is_stored(head: &[u8]) -> Option<ArchiveForm> {
    match recognise(head, false) {
        Some(Known::Open(Format::Tar)) => Some(ArchiveForm::Plain),
        Some(Known::Open(Format::Layer(_))) => Some(ArchiveForm::Compressed),
        _ => None,
    }
}

/// The members of an archive that is not compressed, at most `most`, and why there are not all, if that is so. Content is
/// skipped, not read.
pub fn members(input: &mut dyn Input, most: usize) -> (Vec<StoredMember>, Option<&'static str>) {
    let mut found = Vec::new();
    let problem = list(input, most, &mut found).err().map(|error| reason_of(&error));
    (found, problem)
}

fn list(input: &mut dyn Input, most: usize, found: &mut Vec<StoredMember>) -> io::Result<()> {
    let len = input.seek(io::SeekFrom::End(0))?;
    input.rewind()?;
    let mut reader = BufReader::with_capacity(64 << 10, input);
    let mut headers = TarHeaders::default();
    loop {
        let entry = match headers.next(&mut reader)? {
            TarStep::Entry(entry) => entry,
            TarStep::End => return Ok(()),
            TarStep::Other { .. } => return Err(fault(DAMAGED)),
        };
        if entry.is_empty() {
            continue;
        }
        if found.len() == most {
            return Err(fault(TOO_MANY));
        }
        let offset = io::Seek::stream_position(&mut reader)?;
        found.push(StoredMember::of(&entry, offset));
        let skipped = entry.stored().checked_add(entry.padding());
        let next = skipped.and_then(|skipped| offset.checked_add(skipped)).filter(|next| *next <= len);
        match next {
            Some(next) => reader.seek_relative((next - offset).cast_signed())?,
            // The padding of the last member may be missing.
            None if offset.checked_add(entry.stored()) == Some(len) => return Ok(()),
            None => return Err(fault(DAMAGED)),
        }
    }
}

/// Reads a compressed archive of `len` bytes from start to end: gives each member and its content to `visit`. Why not all
/// was read, if that is so.
///
/// # Errors
/// Those of `visit`, which end everything.
pub fn stream(
    input: &mut dyn Read,
    len: u64,
    limits: &Limits,
    visit: &mut dyn FnMut(&StoredMember, &mut dyn Read) -> io::Result<()>,
) -> io::Result<Option<&'static str>> {
    let (head, _) = start(input, HEAD);
    let format = match recognise(&head, false) {
        Some(Known::Open(Format::Layer(layer))) => layer,
        _ => return Ok(Some(METHOD)),
    };
    let mut reader = BufReader::with_capacity(64 << 10, Cursor::new(head).chain(input));
    let budget = Budget::of_stream(limits, len);
    let decoder = match layers::decoder(format, &mut reader) {
        Ok(decoder) => decoder,
        Err(error) => return Ok(Some(reason_of(&error))),
    };
    let mut reader = BufReader::with_capacity(64 << 10, budget.meter(decoder));
    let mut headers = TarHeaders::default();
    loop {
        let entry = match headers.next(&mut reader) {
            Ok(TarStep::Entry(entry)) => entry,
            Ok(TarStep::End) => return Ok(None),
            Ok(TarStep::Other { .. }) => return Ok(Some(DAMAGED)),
            Err(error) => return Ok(Some(reason_of(&error))),
        };
        if entry.is_empty() {
            continue;
        }
        if let Err(error) = budget.member() {
            return Ok(Some(reason_of(&error)));
        }
        let mut content: io::Take<&mut dyn BufRead> = Read::take(&mut reader, entry.stored());
        visit(&StoredMember::of(&entry, 0), &mut content)?;
        let rest = drain(&mut content);
        let is_short = content.limit() > 0;
        match rest.and_then(|_| drain(&mut Read::take(&mut reader, entry.padding()))) {
            Err(error) => return Ok(Some(reason_of(&error))),
            Ok(_) if is_short => return Ok(Some(DAMAGED)),
            Ok(_) => {}
        }
    }
}

/// True for the start of an archive of tar, or of one without a member.
pub(super) fn begins_as_archive(head: &[u8]) -> bool {
    is_header(head) || head.iter().all(|&byte| byte == 0)
}
