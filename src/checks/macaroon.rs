//! PyPI's tokens: macaroons of version 2 in binary form (github.com/rescrv/libmacaroons, doc/format.txt), base64url
//! after `pypi-`. Every byte must be accounted for. One caveat says how long the token is valid, another for which
//! projects (warehouse, "macaroons/caveats").

use super::Outcome;
use super::encoded::{base64, plain, time};
use crate::model::{Fact, FactKind};
use serde_json::Value;

const END: u8 = 0;
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const VERIFIER: u8 = 4;
const SIGNATURE: u8 = 6;

/// Whether it parses to its last byte: identifier, caveats in JSON, a signature of 32 bytes.
pub(super) fn pypi(secret: &[u8], _matched: &[u8]) -> Outcome {
    let body = secret.strip_prefix(b"pypi-").unwrap_or(secret);
    match base64(body).and_then(|bytes| parse(&bytes)) {
        Some(caveats) => Outcome::holds(caveats.iter().filter_map(fact).collect()),
        None => Outcome::FAILS,
    }
}

/// `[0, not after, not before]`; `[1, [projects]]`; the older `{"version": 1, "permissions": {"projects": […]}}`.
fn fact(caveat: &Value) -> Option<Fact> {
    let projects = || {
        let older = caveat.get("permissions").and_then(|allowed| allowed.get("projects"));
        let list = older.or_else(|| caveat.get(1).filter(|_| caveat[0] == 1))?.as_array()?;
        let value = list.iter().filter_map(Value::as_str).filter_map(plain).collect::<Vec<_>>().join(" ");
        (!value.is_empty()).then_some(Fact { kind: FactKind::Projects, value })
    };
    if caveat[0] == 0 { time(FactKind::Expires, caveat.get(1)?.as_i64()?) } else { projects() }
}

/// Its caveats.
fn parse(bytes: &[u8]) -> Option<Vec<Value>> {
    let mut caveats = Vec::new();
    let mut fields = MacaroonFields(bytes.strip_prefix(&[2])?);
    let mut field = fields.next()?;
    if field.0 == LOCATION {
        field = fields.next()?;
    }
    if field.0 != IDENTIFIER || fields.next()?.0 != END {
        return None;
    }
    loop {
        field = fields.next()?;
        match field.0 {
            END => break,
            LOCATION => field = fields.next()?,
            _ => {}
        }
        if field.0 != IDENTIFIER {
            return None;
        }
        caveats.push(serde_json::from_slice(field.1).ok()?);
        match fields.next()?.0 {
            END => {}
            VERIFIER if fields.next()?.0 == END => {}
            _ => return None,
        }
    }
    let (kind, signature) = fields.next()?;
    (kind == SIGNATURE && signature.len() == 32 && fields.0.is_empty()).then_some(caveats)
}

/// Fields: a type byte, a length in groups of seven bits, low first, and the bytes.
struct MacaroonFields<'a>(&'a [u8]);

impl<'a> Iterator for MacaroonFields<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, mut rest) = self.0.split_first()?;
        let mut len = 0_usize;
        if kind != END {
            for shift in [0, 7, 14] {
                let (&byte, after) = rest.split_first()?;
                rest = after;
                len |= usize::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        let (bytes, after) = rest.split_at_checked(len)?;
        self.0 = after;
        Some((kind, bytes))
    }
}
