//! Recognising and opening a container of any format.

use super::budget::Budget;
use super::format::{Format, Known, Layer};
use super::member::start;
use super::walk::{At, Openers, Walk};
use super::{Input, Limits, Opened, Problem, TOO_LARGE, Visit, reason_of};
use super::{
    ar, cpio, keystore, layers, magic, mail, notebook, office, pdf, picture, sevenz, sqlite, streams,
    strings, tar, zip,
};
use crate::model::unpacked;
use std::io::{self, Read, SeekFrom};

impl Format {
    /// A container whose members' bytes are its own, known by its first bytes (512 at least, if there are as many). To
    /// scan its own bytes finds most of what is in it, so that it counts as scanned even if it is not opened.
    pub(crate) fn plain(head: &[u8]) -> Option<Self> {
        let by_start = match head {
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2' | b'7', ..] | [0xc7, 0x71, ..] => {
                cpio::is_header(head).then_some(Self::Cpio)
            }
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Some(Self::Ar),
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => {
                picture::is_one(head).then_some(Self::Picture)
            }
            [b'G', b'I', b'F', b'8', ..] => picture::is_one(head).then_some(Self::Picture),
            [b'S', b'Q', b'L', ..] => sqlite::is_database(head).then_some(Self::Sqlite),
            [b'{', ..] => notebook::is_notebook(head).then_some(Self::Notebook),
            [b'<', b'?', ..] | [0xef, 0xbb, 0xbf, b'<', ..] => office::is_part(head).then_some(Self::Office),
            [0xca, 0xfe, ..] => strings::is_class(head).then_some(Self::Class),
            [_, 0x0c..=0x0f, b'\r', b'\n', ..] => strings::is_bytecode(head).then_some(Self::Bytecode),
            [0x03 | 0x05 | 0x30 | 0x94 | 0x95 | 0xc5 | 0xce | 0xfe | b'G' | b'P' | b'k', ..] => {
                keystore::is_one(head).then_some(Self::Keystore)
            }
            _ => None,
        };
        let by_start = by_start.or_else(|| match head {
            [0xd0, 0xcf, 0x11, 0xe0, ..] => office::compound::is_one(head).then_some(Self::Compound),
            _ => streams::may_have(head).then_some(Self::Streams),
        });
        let tar = || tar::begins(head).then_some(Self::Tar);
        by_start.or_else(tar).or_else(|| mail::is_mail(head).then_some(Self::Mail))
    }
}

/// What opens each format.
pub(super) const OPENERS: Openers = Openers { recognise, any, stream, whole };

/// True if something that begins like this is a container that can be opened.
pub fn begins(head: &[u8]) -> bool {
    matches!(recognise(head, false), Some(Known::Open(_)))
}

/// What `bytes` is; `is_whole` if it is all there is.
pub(super) fn recognise(bytes: &[u8], is_whole: bool) -> Option<Known> {
    // An archive whose last member is a zip ends as one.
    if let Some(format) = Format::plain(bytes) {
        return Some(Known::Open(format));
    }
    let name = if is_whole { magic::of(bytes) } else { magic::by_start(bytes) };
    name.map(|name| Format::named(name).map_or(Known::Closed(name), Known::Open))
}

/// Opens `input`, a container of this format and of the name `name`, and gives what is in it to `visit`.
///
/// # Errors
/// Those of `visit`, which end everything.
pub fn open(
    name: &str,
    format: Format,
    input: &mut dyn Input,
    limits: &Limits,
    visit: &mut dyn Visit,
) -> io::Result<Opened> {
    let mut opened = Opened::default();
    let len = match input.seek(SeekFrom::End(0)).and_then(|len| input.rewind().map(|()| len)) {
        Ok(len) => len,
        Err(error) => {
            let first = Problem { path: String::new(), reason: reason_of(&error) };
            return Ok(Opened { problems: 1, first: Some(first), closed: None });
        }
    };
    let budget = Budget::new(limits, len);
    let mut walk = Walk {
        openers: OPENERS,
        limits,
        budget: &budget,
        visit,
        opened: &mut opened,
        held: 0,
        is_over: false,
    };
    let at = At { path: String::new(), name: name.to_owned(), depth: 1 };
    any(&mut walk, format, input, &at)?;
    Ok(opened)
}

/// Opens a container that can be read at any place.
fn any(walk: &mut Walk<'_>, format: Format, input: &mut dyn Input, at: &At) -> io::Result<()> {
    match format {
        Format::Zip => zip::read(walk, input, at),
        Format::SevenZip => sevenz::read(walk, input, at),
        Format::Sqlite => sqlite::read(walk, input, at),
        Format::Streams => streams::read(walk, input, at),
        format if format.is_stream() => {
            stream(walk, format, &mut io::BufReader::with_capacity(64 << 10, input), at)
        }
        format => {
            let (bytes, error) = start(input, walk.limits.held);
            if let Some(error) = error {
                walk.miss(&at.path, reason_of(&error));
            } else if bytes.len() as u64 == walk.limits.held {
                return walk.ends(&at.path, TOO_LARGE);
            }
            whole(walk, format, &bytes, at)
        }
    }
}

/// Opens a container that can be read from start to end.
fn stream(walk: &mut Walk<'_>, format: Format, reader: &mut dyn io::BufRead, at: &At) -> io::Result<()> {
    match format {
        Format::Layer(layer) => {
            let (budget, problems) = (walk.budget, walk.opened.problems);
            let name = unpacked(&at.name);
            let mut head = Vec::new();
            if at.depth == 1 && layer == Layer::Gzip {
                let error;
                (head, error) = start(reader, layers::AT_ONCE);
                if let Some(error) = error {
                    walk.miss(&at.path, reason_of(&error));
                }
                if let Some(whole) = layers::gzip_at_once(&head) {
                    return walk.content(&name, &mut budget.meter(&whole[..]), at);
                }
            }
            let reader = &mut io::Cursor::new(head).chain(reader);
            match layers::decoder(layer, reader) {
                Ok(decoder) => walk.content(&name, &mut budget.meter(decoder), at)?,
                Err(error) => walk.miss(&at.path, reason_of(&error)),
            }
            if walk.opened.problems > problems {
                return Ok(());
            }
            // The outermost container's own bytes are scanned by the caller.
            if at.depth == 1 { walk.behind(reader, at) } else { walk.rest(reader, at) }
        }
        Format::Tar => tar::read(walk, reader, at),
        Format::Ar => ar::read(walk, reader, at),
        Format::Cpio => cpio::read(walk, reader, at),
        Format::Rpm => cpio::read_rpm(walk, reader, at),
        Format::Backup => layers::read_backup(walk, reader, at),
        // The others are not streams.
        _ => Ok(()),
    }
}

/// Opens a container that is read as a whole.
fn whole(walk: &mut Walk<'_>, format: Format, bytes: &[u8], at: &At) -> io::Result<()> {
    // A zip may come after anything.
    if magic::by_end(bytes) == Some("zip") {
        zip::read(walk, &mut io::Cursor::new(bytes), at)?;
    }
    let (name, text) = match format {
        Format::Pdf => return pdf::read(walk, bytes, at),
        Format::Compound => return office::compound::read(walk, bytes, at),
        Format::Picture => return picture::read(walk, bytes, at),
        Format::Mail => return mail::read(walk, bytes, at),
        Format::Notebook => return notebook::read(walk, bytes, at),
        Format::Keystore => return keystore::read(walk, bytes, at),
        Format::Office => ("text", office::text(bytes)),
        Format::Class => ("strings", strings::of_class(bytes)),
        Format::Bytecode => ("strings", strings::of_bytecode(bytes)),
        _ => return Ok(()),
    };
    walk.text(name, &text, at)
}
