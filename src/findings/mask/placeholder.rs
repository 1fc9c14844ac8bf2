//! Placeholders in place of secrets.

use crate::model::Finding;

/// `text` with `[keydredge:FINGERPRINT:RULE]` in place of each secret of `findings`, as far as it is there as it is:
/// what is encoded or escaped stays. The rule comes last: `generic-password:66c4…` would be a password by its name.
pub fn replace<'f>(text: &str, findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut text = text.to_owned();
    let mut found: Vec<(&str, &Finding)> = findings
        .filter_map(|finding| Some((std::str::from_utf8(finding.secret.expose()).ok()?, finding)))
        .filter(|(secret, _)| !secret.is_empty())
        .collect();
    // A secret may be a part of another one: the rest of that one must not stay.
    found.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
    for (secret, finding) in found {
        if text.contains(secret) {
            text = text.replace(secret, &format!("[keydredge:{}:{}]", finding.fingerprint, finding.rule.id));
        }
    }
    text
}
