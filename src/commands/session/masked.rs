//! Texts that are no report: errors, and what another program said.

use crate::findings::Mask;
use crate::rules::Catalogue;
use crate::scan::{Scanner, Scratch};

/// A text in which everything that looks like a secret is masked, wherever it came from. It is no file of logins: an error
/// with four colons on its line has the form of one in `.pgpass`.
pub(crate) fn masked(text: &str) -> String {
    let scanner = Scanner::new(&Catalogue::embedded());
    let found = scanner.keep_of_message(text.as_bytes(), &mut Scratch::default()).found();
    Mask::new(found.iter().map(|one| &one.candidate.secret)).text(text).into_owned()
}
