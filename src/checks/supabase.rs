//! Supabase's secret keys: 22 characters, `_`, and eight of base64url of SHA-256 of the project, `|` and all before.
//! The project is in the address of its server. If that is near, the key proves which project it opens.

use super::Outcome;
use crate::model::{Fact, FactKind};
use crate::rules::checksum::sha256;
use data_encoding::BASE64URL_NOPAD;

/// The project of a self-hosted server.
const SELF_HOSTED: &str = "supabase-self-hosted";

/// Whether the key belongs to the project that its match names, or to a self-hosted server. Without an address the
/// outcome is unknown.
pub(super) fn secret_key(secret: &[u8], matched: &[u8]) -> Outcome {
    let Some((covered, tail)) = secret.split_last_chunk::<9>() else { return Outcome::FAILS };
    let belongs = |project: &str| {
        let hash = sha256(&[project.as_bytes(), b"|", covered].concat());
        tail[0] == b'_' && BASE64URL_NOPAD.encode(&hash).as_bytes()[..8] == tail[1..]
    };
    let near = project(matched);
    match near.iter().map(String::as_str).chain([SELF_HOSTED]).find(|project| belongs(project)) {
        Some(project) => Outcome::holds(vec![Fact::new(FactKind::Project, project)]),
        None => Outcome::UNKNOWN,
    }
}

/// The first label of `https://<project>.supabase.co`.
fn project(matched: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(matched);
    let (before, _) = text.split_once(".supabase.co")?;
    let (_, label) = before.rsplit_once("//")?;
    let fits =
        label.len() == 20 && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    fits.then(|| label.to_owned())
}
