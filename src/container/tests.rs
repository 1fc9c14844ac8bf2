//! Tests of the whole room: real archives, whole and damaged, and limits.

use super::fuzz_bodies::{container, layer, opened};
use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::Path;

/// The seeds of the fuzz target: an archive of each kind, made by the usual programs.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/container");
    let files = fs::read_dir(folder).expect("the seeds are beside the targets");
    let mut seeds: Vec<_> = files
        .map(|file| file.expect("it can be listed"))
        .map(|file| (file.file_name().to_string_lossy().into_owned(), fs::read(file.path())))
        .map(|(name, bytes)| (name, bytes.expect("a seed can be read")))
        .collect();
    seeds.sort();
    assert!(seeds.len() > 25);
    seeds
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// A tar archive with these members.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in members {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

#[test]
fn every_seed_is_opened_and_only_the_encrypted_ones_are_not_read() {
    for (name, seed) in seeds() {
        let (counted, opened) =
            opened(&seed, &Limits::default()).unwrap_or_else(|| panic!("{name}: not known"));
        let is_encrypted = name.ends_with("encrypted");
        assert_eq!(opened.problems > 0, is_encrypted, "{name}: {opened:?}");
        match opened.first {
            Some(first) => assert_eq!(first.reason, ENCRYPTED, "{name}"),
            None => assert!(!counted.members.is_empty(), "{name}"),
        }
        let text: Vec<u8> = counted.members.into_iter().flat_map(|(_, bytes)| bytes).collect();
        let has_text = memchr::memmem::find(&text, b"te").is_some() || text.len() > 3;
        assert!(has_text || is_encrypted, "{name}");
    }
}

#[test]
fn every_seed_is_opened_wherever_it_is_cut_off() {
    for (name, seed) in seeds() {
        for cut in (0..seed.len()).step_by(1 + seed.len() / 600) {
            container(&seed[..cut]);
            layer(&seed[..cut]);
            // What is left is no longer all of it: what is certain to end within the member is a problem.
            let is_short = cut < seed.len() * 3 / 4 && seed.len() < 1000;
            let is_checked =
                ["7z", "tar-gz", "tar-xz", "tar-zst", "bzip2", "lzip", "zip"].contains(&name.as_str());
            if is_short
                && is_checked
                && let Some((_, opened)) = opened(&seed[..cut], &Limits::default())
            {
                assert!(opened.problems > 0, "{name} cut at {cut}: {opened:?}");
            }
        }
    }
}

#[test]
fn seeds_inside_each_other_are_opened_to_the_limit_of_depth() {
    let mut bytes = b"the innermost\n".to_vec();
    for _ in 0..5 {
        bytes = gzip(&tar(&[("a", &bytes)]));
    }
    let found = |depth: u32| {
        let (counted, opened) = opened(&bytes, &Limits::to_depth(depth)).expect("it is a container");
        let is_read = counted.members.iter().any(|(_, bytes)| bytes == b"the innermost\n");
        (is_read, opened.first)
    };
    assert_eq!(found(10), (true, None));
    let too_deep = Problem { path: "a!a!a".to_owned(), reason: TOO_DEEP };
    assert_eq!(found(6), (false, Some(too_deep)));
}

#[test]
fn a_limit_ends_everything_and_is_told() {
    let zeros = gzip(&vec![0; 3 << 20]);
    let nested = gzip(&gzip(&vec![0; 3 << 20]));
    let many: Vec<(&str, &[u8])> = (0..50).map(|_| ("a", b"x".as_slice())).collect();
    let limits = Limits { free: 1 << 20, ratio: 10, members: 20, ..Limits::default() };
    for (bytes, reason) in [(zeros, TOO_MUCH), (nested, TOO_MUCH), (tar(&many), TOO_MANY)] {
        let (counted, opened) = opened(&bytes, &limits).expect("it is a container");
        assert_eq!(opened.first.map(|first| first.reason), Some(reason));
        assert!(counted.bytes <= 2 << 20 && counted.members.len() <= 20, "{}", counted.bytes);
    }
}

#[test]
fn a_member_that_can_only_be_read_as_a_whole_is_held_up_to_a_limit() {
    let seeds = seeds();
    let zip = &seeds.iter().find(|(name, _)| name == "zip").expect("there is one").1;
    let long = [zip.as_slice(), &vec![0; 9 << 20]].concat();
    let within = tar(&[("b.zip", &long)]);
    let limits = Limits { held: 8 << 20, ..Limits::default() };
    let (_, opened) = opened(&within, &limits).expect("it is a container");
    assert_eq!(opened.first, Some(Problem { path: "b.zip".to_owned(), reason: TOO_LARGE }));
}

/// What a fuzzer found: a header whose bind names a coder that the folder does not have.
#[test]
fn a_7z_header_that_names_a_coder_that_is_not_there_is_damage() {
    let digits = [
        "377abcaf271c0004ee59ee812400000000000000a200000000000000dc0738ef00381b084782b29cfe384729e7c493000000",
        "369bcaaae4bbd4edb99edca3aee600d22000010406000209111300070b02000223030101055d001000000403030103001002",
        "23030101055d00100000040303010301000c01d8000000080a01ff0729f77025e7dc000005030e0180190500000000000000",
        "000061002e00740078007400000062002f0063002e0065006e007600000019020000141a01008bd372134480dd01ed657213",
        "4480dd018bd3721344802edd01150e01001080ed412080a4812080a4810000",
    ];
    let bytes = data_encoding::HEXLOWER.decode(digits.concat().as_bytes()).expect("these are digits");
    let (_, opened) = opened(&bytes, &Limits::default()).expect("it is a container");
    assert!(opened.problems > 0, "{opened:?}");
}

#[test]
fn headers_that_lie_about_lengths_allocate_nothing_and_are_told() {
    let mut long = tar(&[("a", b"x")]);
    long[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    long[148..156].fill(b' ');
    let sum: u32 = long[..512].iter().map(|&byte| u32::from(byte)).sum();
    long[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let ar = b"!<arch>\na.o/            0           0     0     100644  9999999999`\nx".to_vec();
    let cpio = format!("070701{}", "ffffffff".repeat(13)).into_bytes();
    let mut seven = seeds().into_iter().find(|(name, _)| name == "7z").expect("there is one").1;
    seven[20..28].fill(0x7f);
    for bytes in [long, ar, cpio, seven] {
        let (_, opened) = opened(&bytes, &Limits::default()).expect("it is a container");
        assert!(opened.problems > 0, "{:?}", &bytes[..8]);
    }
}

/// Up to six changes of a seed.
fn changed(mut seed: Vec<u8>, changes: &[(u8, usize, u8)]) -> Vec<u8> {
    for &(kind, at, byte) in changes {
        let at = at % seed.len().max(1);
        match kind {
            0 => seed.truncate(at.max(1)),
            1 => seed.insert(at, byte),
            2 => seed.extend_from_within(at..),
            _ if seed.is_empty() => {}
            3 => seed[at] ^= 1 << (byte % 8),
            _ => seed[at] = byte,
        }
    }
    seed
}

proptest! {
    #[test]
    fn seeds_with_changes_and_any_bytes_after_any_magic_number_are_opened(
        seed in 0..1000_usize,
        changes in proptest::collection::vec((0..6_u8, any::<usize>(), any::<u8>()), 1..6),
        cut in 0..40_usize,
        noise in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut seeds = seeds();
        let seed = seeds.swap_remove(seed % seeds.len()).1;
        container(&changed(seed.clone(), &changes));
        layer(&changed(seed.clone(), &changes));
        container(&[&seed[..seed.len().min(cut)], &noise].concat());
        container(&gzip(&changed(seed, &changes)));
        container(&noise);
        layer(&noise);
    }
}
