//! Fly's tokens: macaroons in MessagePack (github.com/superfly/macaroon), base64 after `fm2_` and similar prefixes,
//! several with commas between. Every byte must be accounted for, and the location must be Fly's.

use super::Outcome;
use super::encoded::base64;

/// How deep values may be nested.
const DEEPEST: usize = 16;

/// Whether each token parses to its last byte and names the service.
pub(super) fn macaroon(secret: &[u8], _matched: &[u8]) -> Outcome {
    let sound = |token: &[u8]| {
        let at = token.iter().position(|&byte| byte == b'_')?;
        let bytes = base64(token.get(at + 1..)?)?;
        let mut reader = MsgpackReader { rest: &bytes, of_fly: false };
        reader.value(DEEPEST)?;
        (reader.rest.is_empty() && reader.of_fly).then_some(())
    };
    Outcome::proof(secret.split(|&byte| byte == b',').all(|token| sound(token).is_some()))
}

/// Reads values of MessagePack (github.com/msgpack/msgpack, spec.md) and notes whether one is an address of Fly's.
struct MsgpackReader<'a> {
    rest: &'a [u8],
    of_fly: bool,
}

impl MsgpackReader<'_> {
    fn number(&mut self, len: usize) -> Option<usize> {
        let (digits, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        digits
            .iter()
            .try_fold(0_usize, |number, &digit| number.checked_mul(256)?.checked_add(usize::from(digit)))
    }

    fn skip(&mut self, len: usize) -> Option<()> {
        let (text, rest) = self.rest.split_at_checked(len)?;
        let is_address =
            [&b"https://api.fly.io"[..], b"https://auth.fly.io"].iter().any(|known| text.starts_with(known));
        self.of_fly |= is_address;
        self.rest = rest;
        Some(())
    }

    fn values(&mut self, count: usize, depth: usize) -> Option<()> {
        // Each takes at least one byte: a count above the rest's length is wrong.
        if count > self.rest.len() {
            return None;
        }
        (0..count).try_for_each(|_| self.value(depth))
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let head = self.number(1)?;
        match head {
            0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => Some(()),
            0x80..=0x8f => self.values((head & 0x0f) * 2, depth),
            0x90..=0x9f => self.values(head & 0x0f, depth),
            0xa0..=0xbf => self.skip(head & 0x1f),
            0xc4 | 0xd9 => self.number(1).and_then(|len| self.skip(len)),
            0xc5 | 0xda => self.number(2).and_then(|len| self.skip(len)),
            0xc6 | 0xdb => self.number(4).and_then(|len| self.skip(len)),
            0xc7..=0xc9 => self.number(1 << (head - 0xc7)).and_then(|len| self.skip(len.checked_add(1)?)),
            0xca => self.skip(4),
            0xcb => self.skip(8),
            0xcc..=0xcf => self.skip(1 << (head - 0xcc)),
            0xd0..=0xd3 => self.skip(1 << (head - 0xd0)),
            0xd4..=0xd8 => self.skip((1 << (head - 0xd4)) + 1),
            0xdc => self.number(2).and_then(|count| self.values(count, depth)),
            0xdd => self.number(4).and_then(|count| self.values(count, depth)),
            0xde => self.number(2).and_then(|count| self.values(count.checked_mul(2)?, depth)),
            0xdf => self.number(4).and_then(|count| self.values(count.checked_mul(2)?, depth)),
            _ => None,
        }
    }
}
