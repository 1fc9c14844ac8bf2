//! Ids that begin with a time: MongoDB's ObjectId, ULID, KSUID. The time shows when a token was made. A plausible time
//! proves little.

use super::Outcome;
use super::encoded::time;
use crate::model::{Fact, FactKind};
use crate::rules::checksum::BASE62;

/// Crockford's base32, as ULIDs are written.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Seconds from 2009-01-01 to 2100-01-01: the plausible times of a token.
const SENSIBLE: std::ops::Range<i64> = 1_230_768_000..4_102_444_800;

/// When KSUIDs begin to count (github.com/segmentio/ksuid).
const KSUID_EPOCH: i64 = 1_400_000_000;

/// A token that contains an ObjectId: 24 hexadecimal digits between others, the first eight of them Unix seconds
/// (mongodb.com, "ObjectId"). Postman, Harness, Voiceflow, Ghost, Plaid, KuCoin.
pub(super) fn object_id(secret: &[u8], _matched: &[u8]) -> Outcome {
    let is_part = |part: &&[u8]| part.len() == 24 && part.iter().all(u8::is_ascii_hexdigit);
    let seconds = secret.split(|byte| !byte.is_ascii_alphanumeric()).find(is_part).and_then(|part| {
        let text = std::str::from_utf8(&part[..8]).ok()?;
        i64::from_str_radix(text, 16).ok()
    });
    created(seconds)
}

/// A token that contains a ULID: 26 characters after its last separator but one, or its first ones
/// (github.com/ulid/spec). Paddle, Postman, Honeycomb, UpCloud.
pub(super) fn ulid(secret: &[u8], _matched: &[u8]) -> Outcome {
    let parts = secret.split(|byte| !byte.is_ascii_alphanumeric()).filter(|part| part.len() >= 26);
    created(parts.filter_map(ulid_seconds).find(|seconds| SENSIBLE.contains(seconds)))
}

/// The time of a ULID at the start of a text, in Unix seconds.
pub(super) fn ulid_seconds(text: &[u8]) -> Option<i64> {
    let text = text.get(..26)?.to_ascii_uppercase();
    let digit = |byte: &u8| CROCKFORD.iter().position(|known| known == byte);
    text.iter().all(|byte| digit(byte).is_some()).then_some(())?;
    let time = text[..10].iter().try_fold(0_u64, |time, byte| Some(time << 5 | digit(byte)? as u64))?;
    i64::try_from(time / 1000).ok().filter(|_| text[0] <= b'7')
}

/// A token that begins with a KSUID: 27 characters of base62, the highest four bytes of which are seconds. ngrok.
pub(super) fn ksuid(secret: &[u8], _matched: &[u8]) -> Outcome {
    let seconds = || {
        // The number has 160 bits; of each digit only what carries into the highest 32 bits matters.
        let mut bytes = [0_u8; 20];
        for byte in secret.get(..27)? {
            let mut carry = BASE62.iter().position(|known| known == byte)? as u32;
            for place in bytes.iter_mut().rev() {
                carry += u32::from(*place) * 62;
                *place = (carry & 0xff) as u8;
                carry >>= 8;
            }
            if carry > 0 {
                return None;
            }
        }
        Some(i64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) + KSUID_EPOCH)
    };
    created(seconds())
}

fn created(seconds: Option<i64>) -> Outcome {
    let seconds = seconds.filter(|seconds| SENSIBLE.contains(seconds));
    Outcome::unknown(
        seconds.and_then(|seconds| time(FactKind::Created, seconds)).into_iter().collect::<Vec<Fact>>(),
    )
}
