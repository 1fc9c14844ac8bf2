//! A blob derived from another: compares the scan of the changes with the scan of the whole.

use super::catalogue::{EXAMPLES, catalogue};
use super::noise::Noise;
use keydredge::model::Copied;
use keydredge::scan::{Scanner, Scratch};

/// A blob made of parts of `base` and of new bytes, and which parts those are.
pub(crate) fn edit(base: &[u8], noise: &mut Noise) -> (Vec<u8>, Vec<Copied>) {
    let (mut blob, mut copied) = (Vec::new(), Vec::new());
    let mut copy = |blob: &mut Vec<u8>, from: usize, len: usize| {
        if len > 0 {
            copied.push(Copied { from, to: blob.len(), len });
            blob.extend_from_slice(&base[from..from + len]);
        }
    };
    match noise.below(10) {
        // Parts of the base in any order.
        0..=2 => {
            for _ in 0..noise.below(8) {
                let from = noise.below(base.len() + 1);
                let len = noise.below(base.len() - from + 1);
                copy(&mut blob, from, len);
                insert(&mut blob, noise);
            }
        }
        // Edits at places in order, as between two versions of a file.
        _ => {
            let mut from = 0;
            for _ in 0..1 + noise.below(4) {
                let len = noise.below(base.len() - from + 1);
                copy(&mut blob, from, len);
                insert(&mut blob, noise);
                from = (from + len + noise.below(3) * noise.below(30)).min(base.len());
            }
            copy(&mut blob, from, base.len() - from);
        }
    }
    (blob, copied)
}

fn insert(blob: &mut Vec<u8>, noise: &mut Noise) {
    match noise.below(5) {
        0 => {}
        1 => blob.push(b"\n\"= a0_\0"[noise.below(8)]),
        2 => {
            let example = EXAMPLES[noise.below(EXAMPLES.len())].as_bytes();
            let from = noise.below(example.len());
            let to = from + noise.below(example.len() - from + 1);
            blob.extend_from_slice(&example[from..to]);
        }
        3 => blob.extend(std::iter::repeat_n(b'\n', noise.below(4))),
        _ => {
            let len = noise.below(200);
            blob.extend(noise.blob(len));
        }
    }
}

#[test]
fn a_derived_scan_is_the_scan_of_the_whole() {
    compare(2000);
}

#[test]
#[ignore = "the same for longer"]
fn a_derived_scan_is_the_scan_of_the_whole_for_many_more() {
    compare(60_000);
}

fn compare(rounds: u64) {
    let scanner = Scanner::new(&catalogue());
    let mut scratch = Scratch::default();
    let mut total = 0;
    for seed in 0..rounds {
        let mut noise = Noise::new(seed);
        let len = if noise.below(10) == 0 { 20_000 } else { 1500 };
        let len = noise.below(len);
        let mut blob = match seed % 8 {
            0 | 4 => noise.repetition(len),
            1 => noise.entries(len),
            _ => noise.blob(len),
        };
        let mut kept = scanner.keep(&blob, &mut scratch);
        for step in 0..3 {
            let (next, copied) = edit(&blob, &mut noise);
            let derived = scanner.derive(&kept, &next, &copied, &mut scratch);
            let whole = scanner.keep(&next, &mut scratch);
            assert_eq!(derived, whole, "seed {seed}, step {step}, copied {copied:?}");
            total += derived.found().len();
            (blob, kept) = (next, derived);
        }
    }
    assert!(total > 2 * rounds as usize, "only {total} candidates were compared");
}
