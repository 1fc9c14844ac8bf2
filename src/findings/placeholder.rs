//! Placeholders in place of secrets.

use crate::model::Finding;

/// `text` with `[keydredge:RULE:FINGERPRINT]` in place of each secret of `findings`, as far as it is there as it is:
/// what is encoded or escaped stays.
pub fn replace<'f>(text: &str, findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut text = text.to_owned();
    for finding in findings {
        if let Ok(secret) = std::str::from_utf8(finding.secret.expose())
            && !secret.is_empty()
            && text.contains(secret)
        {
            text = text.replace(secret, &format!("[keydredge:{}:{}]", finding.rule.id, finding.fingerprint));
        }
    }
    text
}
