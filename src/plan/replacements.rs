//! The file for `git filter-repo --replace-text`, which contains the secrets.

use crate::model::Finding;

/// What a rewritten history has in a secret's place.
const INSTEAD: &str = "***REMOVED***";

/// The file, and how many of the findings it cannot have: it is read line by line.
pub fn replacements(findings: &[Finding]) -> (Vec<u8>, usize) {
    let (mut out, mut left) = (Vec::new(), 0);
    for finding in findings.iter().filter(|finding| !finding.is_suppressed()) {
        let secret = finding.secret.expose();
        let is_encoded = finding.occurrences.iter().all(|one| !one.decoded_by.is_empty());
        let separates = secret.windows(3).any(|three| three == b"==>");
        if finding.secret.list_len().is_some()
            || is_encoded
            || separates
            || secret.contains(&b'\n')
            || secret.contains(&b'\r')
        {
            left += 1;
            continue;
        }
        out.extend_from_slice(b"literal:");
        out.extend_from_slice(secret);
        out.extend_from_slice(format!("==>{INSTEAD}\n").as_bytes());
    }
    (out, left)
}
