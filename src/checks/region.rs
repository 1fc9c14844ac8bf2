//! Tokens whose prefix or suffix gives their region or data centre, and so the host that accepts them.

use super::Outcome;
use crate::model::{Fact, FactKind};

/// Mailchimp `…-us12`; New Relic `eu01xx…`; HubSpot `pat-eu1-…`; Databricks `dapi…-2` (Azure); Fullstory `na1.…`.
pub(super) fn region(secret: &[u8], _matched: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(secret);
    let region = if let Some((_, data_centre)) = text.rsplit_once("-us") {
        Some(format!("us{data_centre}"))
    } else if let Some(rest) = text.strip_prefix("pat-") {
        rest.split('-').next().map(str::to_owned)
    } else if text.starts_with("dapi") {
        text.rsplit_once('-').map(|_| "azure".to_owned())
    } else if text.ends_with("NRAL") {
        Some(if text.get(4..6) == Some("xx") { text[..4].to_owned() } else { "us01".to_owned() })
    } else {
        text.split_once('.').map(|(region, _)| region.to_owned())
    };
    let fits = |region: &String| {
        (2..=6).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    Outcome::unknown(
        region.filter(fits).map(|value| Fact { kind: FactKind::Region, value }).into_iter().collect(),
    )
}
