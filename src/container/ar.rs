//! Archives of ar: Debian packages, static libraries. Source: ar(5), with the names of GNU and BSD.

use super::member::{fill, shown, start};
use super::walk::{At, Walk};
use super::{DAMAGED, reason_of};
use std::io::{self, BufRead, Read};

const HEADER: usize = 60;

/// The longest table of names that is kept, bytes.
const LONGEST: u64 = 16 << 20;

/// Gives out the members.
pub(super) fn read(walk: &mut Walk<'_>, reader: &mut dyn BufRead, at: &At) -> io::Result<()> {
    let mut magic = [0; 8];
    if let Err(error) = fill(&mut &mut *reader, &mut magic) {
        return walk.ends(&at.path, reason_of(&error));
    }
    let mut names = Vec::new();
    while !walk.is_over {
        let mut header = [0; HEADER];
        let filled = match fill(&mut &mut *reader, &mut header) {
            Ok(0) => return Ok(()),
            Ok(filled) => filled,
            Err(error) => {
                return walk.ends(&at.path, reason_of(&error));
            }
        };
        let size = number(&header[48..58]).filter(|_| filled == HEADER && &header[58..] == b"`\n");
        let Some(size) = size else {
            walk.miss(&at.path, DAMAGED);
            return walk.rest(&mut Read::chain(&header[..filled], reader), at);
        };
        let own = header[..16].trim_ascii_end();
        let mut member: io::Take<&mut dyn BufRead> = Read::take(&mut *reader, size);
        let mut place = at.path.clone();
        if own == b"//" {
            let (table, error) = start(&mut member, LONGEST);
            names = table;
            if let Some(error) = error {
                walk.miss(&at.path, reason_of(&error));
            }
        } else if own != b"/" && own != b"/SYM64/" {
            let name = match own {
                // BSD puts the name before the content.
                [b'#', b'1', b'/', len @ ..] => {
                    let len = number(len).unwrap_or(0);
                    let (name, _) = start(&mut Read::take(&mut member, len), LONGEST);
                    name.split(|&byte| byte == 0).next().unwrap_or_default().to_vec()
                }
                [b'/', offset @ ..] => {
                    let offset = number(offset).and_then(|offset| usize::try_from(offset).ok());
                    let name = offset.and_then(|offset| names.get(offset..)).unwrap_or_default();
                    let end = name.iter().position(|&byte| byte == b'\n').unwrap_or(name.len());
                    name[..end].strip_suffix(b"/").unwrap_or(&name[..end]).to_vec()
                }
                own => own.strip_suffix(b"/").unwrap_or(own).to_vec(),
            };
            let name = shown(&name);
            place = at.join(&name);
            walk.member(&name, &mut member, at)?;
        }
        if !walk.skip(&mut member, &place) {
            return Ok(());
        }
        let padding = &mut Read::take(&mut *reader, size % 2);
        if let Err(error) = super::member::drain(padding) {
            return walk.ends(&at.path, reason_of(&error));
        }
    }
    Ok(())
}

fn number(field: &[u8]) -> Option<u64> {
    std::str::from_utf8(field).ok()?.trim_end().parse().ok()
}
