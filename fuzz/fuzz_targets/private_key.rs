//! Private keys in armour, from any bytes: the scan ends, and reports no span outside the text. The first byte chooses the
//! armour.

#![no_main]

use keydredge::model::Piece;
use keydredge::rules::Catalogue;
use keydredge::scan::{Scanner, Scratch};
use std::cell::RefCell;

thread_local! {
    static SCANNER: RefCell<(Scanner, Scratch)> =
        RefCell::new((Scanner::new(&Catalogue::embedded()), Scratch::default()));
}

const LABELS: [&str; 6] = [
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let label = LABELS[usize::from(*choice) % LABELS.len()];
    let digits = data_encoding::BASE64.encode(body);
    let lines: Vec<&str> =
        digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("digits are text")).collect();
    let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    SCANNER.with_borrow_mut(|(scanner, scratch)| {
        for found in scanner.scan(&Piece::whole(text.as_bytes()), scratch) {
            assert!(found.start + found.candidate.len <= text.len());
        }
    });
});
