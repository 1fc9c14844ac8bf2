//! The seeds of the fuzz targets that use the library as others do, and mutations of them: see fuzz/fuzz_targets.

use keydredge::model::Piece;
use keydredge::rules::Catalogue;
use keydredge::scan::{Scanner, Scratch};
use std::fs;
use std::path::Path;

/// Runs `trial` on each seed of a target and on mutations of them.
fn replay(target: &str, count: usize, mut trial: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = fs::read_dir(folder).expect("the seeds are beside the targets");
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
    paths.sort();
    let mut state = 7_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit.max(1)
    };
    for path in paths {
        let seed = fs::read(path).expect("a seed can be read");
        trial(&seed);
        for _ in 0..count {
            let mut data = seed.clone();
            for _ in 0..=below(4) {
                let at = below(data.len());
                match below(4) {
                    0 => data.truncate(at.max(1)),
                    1 => data.insert(at, below(256) as u8),
                    2 => data[at] ^= 1 << below(8),
                    _ => data[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)],
                }
            }
            trial(&data);
        }
    }
}

#[test]
fn files_of_rules_are_rules_or_errors_that_name_the_file() {
    replay("rules", 500, |data| {
        let Ok(text) = std::str::from_utf8(data) else { return };
        match Catalogue::parse("rules.toml", text) {
            Ok(rules) => drop(Catalogue::build(rules)),
            Err(errors) => {
                assert!(errors.iter().all(|error| error.to_string().contains("rules.toml")), "{errors:?}");
            }
        }
    });
}

#[test]
fn private_keys_of_any_bytes_are_scanned_to_their_end() {
    let (scanner, mut scratch) = (Scanner::new(&Catalogue::embedded()), Scratch::default());
    let labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"];
    replay("private_key", 300, |data| {
        let Some((choice, body)) = data.split_first() else { return };
        let label = labels[usize::from(*choice) % labels.len()];
        let digits = data_encoding::BASE64.encode(body);
        let lines: Vec<String> =
            digits.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
        for found in scanner.scan(&Piece::whole(text.as_bytes()), &mut scratch) {
            assert!(found.start + found.candidate.len <= text.len());
        }
    });
}
