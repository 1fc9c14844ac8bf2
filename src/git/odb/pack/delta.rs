//! Deltas: "copy these ranges of the base, insert these bytes" (gitformat-pack(5), "Deltified
//! representation"). Applying one also gives the runs that the result shares with its base.

use super::error::Fault;
use crate::model::Copied;

/// Shared runs shorter than this, bytes, are not reported: scanning so few bytes again costs less than the
/// boundary of a run, around which the bytes on both sides are scanned again. Over the five repositories of
/// PERFORMANCE.md, bytes to scan with 80 a run: 5.8 GB (16), 4.4 (32), 3.9 (48), 3.8 (64), 3.8 (96), 3.9
/// (128), 4.3 (256).
const SHORTEST: usize = 64;

/// A delta, its two sizes read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delta<'a> {
    /// Length of the base it is for, bytes.
    pub(super) base: u64,
    /// Length of what it makes, bytes, as it says.
    pub(super) result: u64,
    /// The instructions.
    body: &'a [u8],
}

impl<'a> Delta<'a> {
    /// Reads the head of `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut body = bytes;
        let base = size(&mut body)?;
        let result = size(&mut body)?;
        Ok(Self { base, result, body })
    }

    /// True if the instructions make exactly the size that the head says. Costs a pass over the
    /// instructions alone. Used for results so large that the delta's own size is not trusted.
    pub(super) fn is_honest(&self) -> bool {
        let mut body = self.body;
        let mut made = 0_u64;
        while let Some((&code, rest)) = body.split_first() {
            body = rest;
            let Some(len) = (if code & 0x80 != 0 {
                operands(code, &mut body).map(|(_, len)| len)
            } else {
                let len = usize::from(code);
                body.split_at_checked(len).map(|(_, rest)| {
                    body = rest;
                    len
                })
            }) else {
                return false;
            };
            made += len as u64;
        }
        made == self.result
    }

    /// Applies it to `base`: fills the first [`Self::result`] bytes of `room` (which may be longer: the
    /// rest is written to as well), and sets `copied` to the shared runs, ascending in the result,
    /// neighbours joined.
    pub(super) fn apply(&self, base: &[u8], room: &mut [u8], copied: &mut Vec<Copied>) -> Result<(), Fault> {
        copied.clear();
        if self.base != base.len() as u64 || self.result > room.len() as u64 {
            return Err(Fault::Delta);
        }
        let result = self.result as usize;
        let mut body = self.body;
        let mut to = 0;
        let mut run = Copied { from: 0, to: 0, len: 0 };
        while let Some((&code, rest)) = body.split_first() {
            body = rest;
            let len = if code & 0x80 != 0 {
                let (from, len) = operands(code, &mut body).ok_or(Fault::Delta)?;
                if len > result - to {
                    return Err(Fault::Delta);
                }
                copy(base, from, len, room, to).ok_or(Fault::Delta)?;
                if run.from + run.len == from && run.to + run.len == to {
                    run.len += len;
                } else {
                    if run.len >= SHORTEST {
                        copied.push(run);
                    }
                    run = Copied { from, to, len };
                }
                len
            } else {
                let len = usize::from(code);
                if len == 0 || len > result - to {
                    return Err(Fault::Delta);
                }
                copy(body, 0, len, room, to).ok_or(Fault::Delta)?;
                body = &body[len..];
                len
            };
            to += len;
        }
        if run.len >= SHORTEST {
            copied.push(run);
        }
        if to == result { Ok(()) } else { Err(Fault::Delta) }
    }
}

/// Copies `len` bytes at `from` of `source` to `to` of `room`; short ones in one wide stride if both
/// have room for it (most are short, and a call of memcpy costs more than the bytes).
#[inline]
fn copy(source: &[u8], from: usize, len: usize, room: &mut [u8], to: usize) -> Option<()> {
    const STRIDE: usize = 64;
    let source = source.get(from..)?;
    let target = room.get_mut(to..)?;
    if len <= STRIDE
        && let Some(wide) = source.first_chunk::<STRIDE>()
        && let Some(target) = target.first_chunk_mut()
    {
        *target = *wide;
        return Some(());
    }
    target.get_mut(..len)?.copy_from_slice(source.get(..len)?);
    Some(())
}

/// Offset and length of a copy instruction: `code` says which of their bytes follow.
#[inline]
fn operands(code: u8, body: &mut &[u8]) -> Option<(usize, usize)> {
    let mut rest = *body;
    let mut offset = 0;
    let mut len = 0;
    for digit in 0..4 {
        if code & 1 << digit != 0 {
            let (&byte, tail) = rest.split_first()?;
            offset |= usize::from(byte) << (8 * digit);
            rest = tail;
        }
    }
    for digit in 0..3 {
        if code & 0x10 << digit != 0 {
            let (&byte, tail) = rest.split_first()?;
            len |= usize::from(byte) << (8 * digit);
            rest = tail;
        }
    }
    *body = rest;
    Some((offset, if len == 0 { 0x1_0000 } else { len }))
}

/// A number in groups of seven bits, the lowest first.
fn size(body: &mut &[u8]) -> Result<u64, Fault> {
    let mut value = 0;
    let mut shift = 0;
    loop {
        let (&byte, rest) = body.split_first().ok_or(Fault::Delta)?;
        *body = rest;
        if shift > 56 {
            return Err(Fault::Delta);
        }
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
}
