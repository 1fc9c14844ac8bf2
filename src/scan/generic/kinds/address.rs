//! Signed addresses that say until when they can be used: `?e=1573634298&token=…`.
//!
//! Here is only what the address says; whether that day is over, the judge of places knows.

use super::pair::Pair;

/// Names of what is signed, and of what is of use only with a signature that ends.
const SIGNED: &[&str] = &[
    "auth_key",
    "q-signature",
    "security-token",
    "sig",
    "sign",
    "signature",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
    "x-oss-security-token",
    "x-oss-signature",
];

/// Names of the second at which an address ends, in Unix time.
const ENDS: &[&str] = &["deadline", "exp", "expire", "expires", "expiry"];

/// Names of the date at which an address begins, and of how many seconds it lasts.
const LIFETIMES: &[(&str, &str)] =
    &[("x-amz-date", "x-amz-expires"), ("x-goog-date", "x-goog-expires"), ("x-oss-date", "x-oss-expires")];

/// The longest query that is looked at on each side of a value.
const LONGEST: usize = 1024;

/// The Unix second at which the address ends that the pair is a parameter of, if it says so.
pub(in crate::scan::generic) fn expiry(pair: &Pair<'_>) -> Option<i64> {
    if !SIGNED.iter().any(|name| pair.identifier.eq_ignore_ascii_case(name.as_bytes()))
        || pair.between() != b"="
    {
        return None;
    }
    let is_end = |b: &u8| *b <= b' ' || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`');
    let before = &pair.text[pair.name.start.saturating_sub(LONGEST)..pair.name.start];
    let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
    let rest = &pair.text[pair.name.start..pair.text.len().min(pair.literal.end + LONGEST)];
    let end = rest.iter().position(is_end).unwrap_or(rest.len());
    let start = pair.name.start - before.len() + start;
    let address = &pair.text[start..pair.name.start + end];
    let query = &address[memchr::memchr(b'?', address)? + 1..];
    let query = String::from_utf8_lossy(query).replace("&amp;", "&").replace("\\u0026", "&");
    Query(&query).expiry(pair)
}

/// The parameters of an address.
struct Query<'q>(&'q str);

impl Query<'_> {
    fn expiry(&self, pair: &Pair<'_>) -> Option<i64> {
        let own = std::str::from_utf8(pair.value).ok()?;
        if pair.identifier.eq_ignore_ascii_case(b"auth_key") {
            // Alibaba's: a time, a number, a user, a digest.
            return own.split_once('-').and_then(|(time, _)| second(time));
        }
        let lifetime = || LIFETIMES.iter().find_map(|(date, lives)| self.lifetime(date, lives));
        let end = || ENDS.iter().find_map(|name| second(self.parameter(name)?));
        // Qiniu's: the key's id and a digest, behind a single letter.
        let qiniu = || second(self.parameter("e").filter(|_| own.contains(':'))?);
        // Tencent's: from and to.
        let span =
            || second(self.parameter("q-sign-time")?.split([';', '%']).nth(1)?.trim_start_matches("3B"));
        // Azure's.
        let date = || day(self.parameter("se")?);
        lifetime().or_else(end).or_else(qiniu).or_else(span).or_else(date)
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The end of what begins at a date `20260101T000000Z` and lasts for some seconds.
    fn lifetime(&self, date: &str, lives: &str) -> Option<i64> {
        let lives: i64 = self.parameter(lives)?.parse().ok()?;
        let date = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", self.parameter(date)?).ok()?;
        let start = date.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        start.timestamp().as_second().checked_add(lives)
    }
}

/// A time in seconds between 2001 and 2286.
fn second(text: &str) -> Option<i64> {
    (text.len() == 10 && !text.starts_with('0')).then(|| text.parse().ok()).flatten()
}

/// The end of the day with which a time begins.
fn day(text: &str) -> Option<i64> {
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    let end = date.at(23, 59, 59, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(end.timestamp().as_second())
}
