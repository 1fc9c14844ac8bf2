//! The message of a commit that is about to be made, from the file that git gives to its hook.
//!
//! # Design
//!
//! What git removes from it depends on how the commit is made (`--cleanup`), which the hook cannot know. So comment
//! lines are scanned like all others. Only what `git commit --verbose` adds is left out: the scissors line, comments,
//! and the diff, whose removed lines are not new. That is counted.

use super::{Error, Sink};
use crate::model::{Blob, Coverage, InMetadata, Piece, Place, Source};
use crate::regular_file;
use std::path::Path;

/// The largest message that is read, bytes.
const LARGEST: u64 = 1 << 30;

/// The end of the line below which git puts the diff; it begins with the comment character.
const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";

/// Why the diff is not scanned.
const BELOW: &str = "below the scissors line";

/// Gives the message in the file at `path` to `sink`.
///
/// # Errors
/// [`Error::Unreadable`].
pub fn scan(path: &Path, sink: &Sink<'_>) -> Result<Coverage, Error> {
    let failed = |source| Error::Unreadable { path: path.to_owned(), source };
    let bytes = regular_file::read(path, LARGEST).map_err(failed)?;
    let message = &bytes[..end(&bytes)];
    let mut coverage = Coverage::default();
    let place = Place::of(Source::Message(InMetadata::default()));
    match sink(Blob { place: &place, inner: None, piece: Piece::whole(message), line: 1, column: 0 }) {
        Ok(()) => coverage.scan(message.len() as u64),
        Err(reason) => coverage.miss(reason, "the message".to_owned()),
    }
    if message.len() < bytes.len() {
        coverage.exclude(BELOW, "the difference that git shows beside the message".to_owned());
    }
    Ok(coverage)
}

/// Where the message ends: at the scissors line, if comments and a diff come after it.
fn end(bytes: &[u8]) -> usize {
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let start = at;
        at += line.len();
        let Some(comment) =
            line.trim_ascii_end().strip_suffix(SCISSORS).filter(|comment| !comment.is_empty())
        else {
            continue;
        };
        let mut rest = bytes[at..].split(|&byte| byte == b'\n').peekable();
        let mut comments = 0;
        while rest.next_if(|line| line.starts_with(comment)).is_some() {
            comments += 1;
        }
        let is_difference = rest.next().is_none_or(|line| line.is_empty() || line.starts_with(b"diff --"));
        if comments >= 2 && is_difference {
            return start;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_git_adds_below_its_scissors_is_left_out() {
        let scissors = "# ------------------------ >8 ------------------------\n";
        let told = "# Do not modify or remove the line above.\n# Everything below it will be ignored.\n";
        let table = [
            (format!("a\n# b\n{scissors}{told}diff --git a/x b/x\n-old\n"), 6),
            (format!("a\n# b\n{scissors}{told}"), 6),
            (format!("a\n{};;\n;;\ndiff --cc x\n", scissors.replace('#', ";")), 2),
            // What a person wrote.
            (format!("a\n{scissors}token\n"), usize::MAX),
            (format!("a\n{scissors}{told}token\n"), usize::MAX),
            (format!("a\n{}{told}diff --git a/x b/x\n", &scissors[1..]), usize::MAX),
            ("a\n# b\n".to_owned(), usize::MAX),
            (String::new(), usize::MAX),
        ];
        for (text, wanted) in table {
            assert_eq!(end(text.as_bytes()), wanted.min(text.len()), "{text}");
        }
    }
}
