//! Texts that are no report: errors, and what another program said.

use crate::findings::Mask;
use crate::model::Piece;
use crate::rules::Catalogue;
use crate::scan::{Scanner, Scratch};

/// A text in which everything that looks like a secret is masked, wherever it came from.
pub(crate) fn masked(text: &str) -> String {
    let catalogue = Catalogue::embedded();
    let scanner = Scanner::new(&catalogue);
    let piece = Piece::whole(text.as_bytes());
    let found = scanner.scan(&piece, &mut Scratch::default());
    Mask::new(found.iter().map(|one| &one.candidate.secret)).text(text).into_owned()
}
