//! Whole blobs and pieces of them.

use super::brute::{Brute, Spot, Visible};
use super::catalogue::catalogue;
use super::noise::Noise;
use keydredge::model::{Decoding, Found, Piece, Span};
use keydredge::scan::{Scanner, Scratch, is_placeholder};
use std::collections::BTreeSet;

/// What the engine finds by patterns in plain text.
fn spots(scanner: &Scanner, blob: &[u8], patterns: &[bool], scratch: &mut Scratch) -> BTreeSet<Spot> {
    let found = scanner.scan(&Piece::whole(blob), scratch);
    assert!(found.is_sorted_by_key(|found| found.start));
    found
        .iter()
        .filter(|found| found.candidate.decoded_by.is_empty())
        .filter(|found| patterns[found.candidate.rule.0 as usize])
        .map(|found| (found.candidate.rule.0, found.span(), found.secret_span()))
        .collect()
}

#[test]
fn a_scan_finds_exactly_what_brute_force_finds() {
    let catalogue = catalogue();
    let patterns: Vec<bool> =
        catalogue.rules().iter().map(|rule| !rule.info.id.starts_with("generic")).collect();
    let (scanner, brute) = (Scanner::new(&catalogue), Brute::new(&catalogue));
    let mut scratch = Scratch::default();
    let mut total = 0;
    for seed in 0..2500 {
        let mut noise = Noise::new(seed);
        let len = noise.below(900);
        let blob = match seed {
            0..1500 => noise.blob(len),
            1500..2000 => noise.repetition(2 * len),
            _ => noise.entries(len),
        };
        let mut expected = brute.spots(&blob);
        expected
            .retain(|(_, _, secret)| !is_placeholder(&Visible::of(&blob[secret.start..secret.end]).bytes));
        total += expected.len();
        assert_eq!(spots(&scanner, &blob, &patterns, &mut scratch), expected, "seed {seed}");
    }
    assert!(total > 4_000, "only {total} candidates were compared");
}

#[test]
fn what_stands_outside_the_reach_of_a_candidate_does_not_change_it() {
    let scanner = Scanner::new(&catalogue());
    let mut scratch = Scratch::default();
    for seed in 0..400 {
        let mut noise = Noise::new(seed);
        let middle = noise.blob(300);
        let around = |noise: &mut Noise| {
            let mut blob: Vec<u8> = (0..scanner.margin()).map(|_| b"ab \n=1"[noise.below(6)]).collect();
            blob.extend_from_slice(&middle);
            blob.extend((0..scanner.margin()).map(|_| b"ab \n=1"[noise.below(6)]));
            blob
        };
        let near = 4_000;
        let (mut first, second) = (around(&mut noise), around(&mut noise));
        let start = scanner.margin();
        let end = start + middle.len();
        first[start - near..start].copy_from_slice(&second[start - near..start]);
        first[end..end + near].copy_from_slice(&second[end..end + near]);
        let within = |blob: &[u8], scratch: &mut Scratch| -> Vec<Found> {
            let piece = Piece { bytes: blob, offset: 0, fresh: start..end, head: &[] };
            scanner.scan(&piece, scratch)
        };
        assert_eq!(within(&first, &mut scratch), within(&second, &mut scratch), "seed {seed}");
    }
}

#[test]
fn pieces_find_what_the_whole_holds() {
    let scanner = Scanner::new(&catalogue());
    let mut scratch = Scratch::default();
    for seed in 0..60 {
        let mut noise = Noise::new(seed);
        let len = 1 + noise.below(60_000);
        let blob = if seed % 4 == 0 { noise.repetition(len) } else { noise.blob(len) };
        let head = &blob[..blob.len().min(8 << 10)];
        let mut joined = Vec::new();
        let mut from = 0;
        while from < blob.len() {
            let to = (from + 1 + noise.below(20_000)).min(blob.len());
            let start = from.saturating_sub(scanner.margin());
            let end = (to + scanner.margin()).min(blob.len());
            let piece = Piece {
                bytes: &blob[start..end],
                offset: start as u64,
                fresh: from - start..to - start,
                head,
            };
            joined.extend(
                scanner
                    .scan(&piece, &mut scratch)
                    .into_iter()
                    .map(|found| Found { start: found.start + start, ..found }),
            );
            from = to;
        }
        let whole = scanner.scan(&Piece::whole(&blob), &mut scratch);
        let set = |found: Vec<Found>| -> BTreeSet<String> {
            found.iter().map(|found| format!("{} {:?}", found.start, found.candidate)).collect()
        };
        assert_eq!(set(joined), set(whole), "seed {seed}");
    }
}

#[test]
fn a_secret_is_found_through_each_encoding() {
    let scanner = Scanner::new(&catalogue());
    let mut scratch = Scratch::default();
    let token = "alpha_k3j4h5g6f7";
    for before in 0..7 {
        for (after, tail) in ["", "\n", " rest of it", "=="].iter().zip(["", "", ".", "\""]) {
            let text = format!("{}{token}{after}", "..\n(.:;".get(..before).unwrap_or_default());
            let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
            let utf32 = |order: fn(u32) -> [u8; 4]| {
                text.chars().flat_map(|char| order(char.into())).collect::<Vec<u8>>()
            };
            let base64 = data_encoding::BASE64.encode(text.as_bytes());
            let wrapped = base64.clone().into_bytes();
            let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let cases = [
                (Decoding::Base64, wrapped),
                (Decoding::Base64, data_encoding::BASE64URL_NOPAD.encode(text.as_bytes()).into_bytes()),
                (Decoding::Hex, data_encoding::HEXLOWER.encode(text.as_bytes()).into_bytes()),
                (Decoding::Hex, data_encoding::HEXUPPER.encode(text.as_bytes()).into_bytes()),
                (Decoding::Percent, percent.into_bytes()),
                (Decoding::Utf16Le, utf16(u16::to_le_bytes)),
                (Decoding::Utf16Be, utf16(u16::to_be_bytes)),
                (Decoding::Utf32Le, utf32(u32::to_le_bytes)),
                (Decoding::Utf32Be, utf32(u32::to_be_bytes)),
            ];
            for (decoding, encoded) in cases {
                let blob = [b"x: \"".as_slice(), &encoded, tail.as_bytes(), b"\n"].concat();
                let found = scanner.scan(&Piece::whole(&blob), &mut scratch);
                let hit = found.iter().find(|found| found.candidate.decoded_by == [decoding]);
                let hit = hit.unwrap_or_else(|| panic!("{decoding:?} of {text:?} hides it"));
                assert_eq!(hit.candidate.secret.expose(), token.as_bytes(), "{decoding:?} of {text:?}");
                assert!(hit.start >= 4 && hit.span().end <= 4 + encoded.len());
            }
        }
    }
}

#[test]
fn what_the_visible_text_holds_is_found_in_the_one_with_invisible_characters() {
    let scanner = Scanner::new(&catalogue());
    let mut scratch = Scratch::default();
    let mut total = 0;
    for seed in 0..1500 {
        let mut noise = Noise::new(seed);
        let len = noise.below(1500);
        let plain = Visible::of(&noise.blob(len)).bytes;
        let mut blob = Vec::new();
        let often = 2 + noise.below(200);
        for &byte in &plain {
            if byte < 0x80 && noise.below(often) == 0 {
                let char = ['\u{200b}', '\u{ad}', '\u{feff}', '\u{e0041}'][noise.below(4)];
                blob.extend_from_slice(char.to_string().as_bytes());
            }
            blob.push(byte);
        }
        let secrets = |bytes: &[u8], scratch: &mut Scratch| -> BTreeSet<Vec<u8>> {
            let found = scanner.scan(&Piece::whole(bytes), scratch);
            let plain = found.iter().filter(|found| found.candidate.decoded_by.is_empty());
            plain.map(|found| found.candidate.secret.expose().to_vec()).collect()
        };
        let (seen, hidden) = (secrets(&plain, &mut scratch), secrets(&blob, &mut scratch));
        let lost: Vec<_> = seen.difference(&hidden).map(|secret| secret.escape_ascii().to_string()).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:?} in {}", blob.escape_ascii());
        total += seen.len();
    }
    assert!(total > 4_000, "only {total} secrets were compared");
}

/// `len` letters and line feeds, without a pattern.
fn lines(len: usize) -> String {
    let mut noise = Noise::new(5);
    (0..len).map(|at| if at % 31 == 30 { '\n' } else { char::from(b'a' + noise.below(26) as u8) }).collect()
}

#[test]
fn a_wrapped_base64_body_is_read_across_its_lines() {
    let scanner = Scanner::new(&catalogue());
    let text = format!("{}\n-----BEGIN X-----\n{}\n-----END X-----\n", "z".repeat(100), lines(450));
    let encoded = data_encoding::BASE64.encode(text.as_bytes());
    for (indent, feed) in [("", "\n"), ("    ", "\n"), ("", "\r\n")] {
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        let blob = format!("data:{feed}{indent}{}{feed}end", lines.join(&format!("{feed}{indent}")));
        let found = scanner.scan(&Piece::whole(blob.as_bytes()), &mut Scratch::default());
        let whole: Vec<Span> = found
            .iter()
            .filter(|found| found.candidate.decoded_by == [Decoding::Base64])
            .map(Found::span)
            .collect();
        assert_eq!(whole.len(), 1, "indent {indent:?}, line end {feed:?}");
        assert!(whole[0].len() > 600);
    }
}
