//! Formats by their first and last bytes, and texts that are none.

use super::*;
use libdeflater::{CompressionLvl, Compressor};
use proptest::prelude::*;

/// Bytes that look drawn at random, as compressed ones do.
fn noise(len: usize) -> Vec<u8> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(7), next).map(|state| (state >> 24) as u8).take(len).collect()
}

fn after(start: &[u8]) -> Vec<u8> {
    [start, &noise(600)].concat()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let len = compressor.gzip_compress(text, &mut out).expect("the buffer is large enough");
    out.truncate(len);
    out
}

fn zlib(text: &[u8], level: i32) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(level).expect("a level"));
    let mut out = vec![0; compressor.zlib_compress_bound(text.len())];
    let len = compressor.zlib_compress(text, &mut out).expect("the buffer is large enough");
    out.truncate(len);
    out
}

/// A zip of one file with nothing in it, with a comment.
fn zip(comment: &[u8]) -> Vec<u8> {
    let local = [b"PK\x03\x04\x14\0".as_slice(), &[0; 20], b"\x01\0\0\0a"].concat();
    let central = [b"PK\x01\x02\x14\0\x14\0".as_slice(), &[0; 20], b"\x01\0", &[0; 16], b"a"].concat();
    let (size, offset) = (central.len() as u32, local.len() as u32);
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(),
        &size.to_le_bytes(),
        &offset.to_le_bytes(),
        &(comment.len() as u16).to_le_bytes(),
        comment,
    ];
    [local, central, end.concat()].concat()
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, "100644", bytes.len());
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

fn at(offset: usize, bytes: &[u8], start: &[u8]) -> Vec<u8> {
    let mut out = after(start);
    out[offset..offset + bytes.len()].copy_from_slice(bytes);
    out
}

#[test]
fn every_container_is_known_by_its_content() {
    let text = b"TOKEN=x\n".repeat(40);
    let skipped = [b"\x50\x2a\x4d\x18\x04\0\0\0abcd".as_slice(), &after(b"\x28\xb5\x2f\xfd\x04")].concat();
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("gzip", gzip(&text)),
        ("gzip", gzip(b"")),
        ("zlib", zlib(&text, 1)),
        ("zlib", zlib(&text, 6)),
        ("zlib", zlib(&text, 9)),
        ("zlib", zlib(&noise(5000), 9)),
        ("zip", zip(b"")),
        ("zip", [b"PK\x07\x08".as_slice(), &zip(b"")].concat()),
        ("zip", [b"GIF89a".as_slice(), &noise(900), &zip(b"")].concat()),
        ("zip", [b"#!/bin/sh\nexec unzip $0\n".as_slice(), &zip(b"made by hand")].concat()),
        ("zip", [noise(5000), zip(&[b'c'; 0xffff])].concat()),
        ("zip", [b"text\n".repeat(20_000), zip(b"x"), b"and a word after it".to_vec()].concat()),
        ("bzip2", after(b"BZh91AY&SY")),
        ("bzip2", b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0".to_vec()),
        ("xz", after(b"\xfd7zXZ\0\0\x04")),
        ("lzma", after(b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0")),
        ("lzma", after(b"\x5d\0\0\xc0\0\x40\x01\0\0\0\0\0\0\0")),
        ("zstd", after(b"\x28\xb5\x2f\xfd\x04")),
        ("zstd", after(b"\x26\xb5\x2f\xfd")),
        ("zstd", skipped.clone()),
        ("zstd", skipped[..10].to_vec()),
        ("lz4", after(b"\x04\x22\x4d\x18\x64")),
        ("lz4", after(b"\x02\x21\x4c\x18")),
        ("7z", after(b"7z\xbc\xaf\x27\x1c\0\x04")),
        ("rar", after(b"Rar!\x1a\x07\0")),
        ("rar", after(b"Rar!\x1a\x07\x01\0")),
        ("compress", after(b"\x1f\x9d\x90")),
        ("pack", after(b"\x1f\x1e\0\0\x10\0\x08")),
        ("lzip", after(b"LZIP\x01\x0c")),
        ("lzop", after(b"\x89LZO\0\r\n\x1a\n")),
        ("lrzip", after(b"LRZI\0\x06")),
        ("lzfse", after(b"bvx2\0")),
        ("snappy", after(b"\xff\x06\0\0sNaPpY")),
        ("cab", after(b"MSCF\0\0\0\0")),
        ("arj", after(b"\x60\xea\x2b\0\x22\x0b\x01\x0b\x10\0\x02")),
        ("lha", at(20, b"\x02", b"\x25\0-lh5-")),
        ("zoo", after(b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd")),
        ("ace", after(b"\x31\x2e\x31\0\0\0\x90**ACE**\x14")),
        ("rpm", after(b"\xed\xab\xee\xdb\x03\0")),
        ("deb", ar(&[("debian-binary", b"2.0\n"), ("control.tar.xz", b"?"), ("data.tar.zst", b"?")])),
        ("ar", ar(&[("a.o", b"odd"), ("b.gz/", &gzip(&text))])),
        ("apk", after(b"ADBd\x01\0")),
        ("mozlz4", after(b"mozLz40\0\x10\0\0\0")),
        ("chm", after(b"ITSF\x03\0\0\0\x60\0\0\0")),
        ("unity", after(b"UnityFS\0\0\0\0\x06")),
        ("jffs2", after(b"\x85\x19\x03\x20\x0c\0\0\0")),
        ("jffs2", after(b"\x19\x85\xe0\x02")),
        ("ubi", after(b"UBI#\x01\0\0\0")),
        ("ubifs", after(b"\x31\x18\x10\x06")),
        ("qcow", after(b"QFI\xfb\0\0\0\x03")),
        ("luks", after(b"LUKS\xba\xbe\0\x02")),
        ("vmdk", after(b"KDMV\x03\0\0\0\x03\0\x03\0")),
        ("erofs", [vec![0; 1024], at(80, b"\x01\0\0\0", b"\xe2\xe1\xf5\xe0")].concat()),
        ("arrow", at(48, b"\x28\xb5\x2f\xfd", b"ARROW1\0\0")),
        ("arrow", at(48, b"\x04\x22\x4d\x18", b"ARROW1\0\0")),
        ("arrow", at(48, b"\x28\xb5\x2f\xfd", b"\xff\xff\xff\xff\xa0\0\0\0")),
        ("pst", after(b"!BDN\xb2\xd5\x4a\x0fSM\x17\0")),
        ("android backup", after(b"ANDROID BACKUP\n5\n1\nnone\n\x78\xda")),
        ("android backup", after(b"ANDROID BACKUP\n5\n0\nAES-256\n")),
        ("leveldb", [noise(3000), b"\x57\xfb\x80\x8b\x24\x75\x47\xdb".to_vec()].concat()),
        ("leveldb", [noise(3000), b"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88".to_vec()].concat()),
        ("pyinstaller", [noise(3000), b"MEI\x0c\x0b\x0a\x0b\x0e".to_vec(), vec![0; 80]].concat()),
        ("upx", at(0xec, b"UPX!\xf4\x08\x0e\x16", b"\x7fELF\x02\x01\x01\0")),
        ("xar", after(b"xar!\0\x1c\0\x01")),
        ("dmg", [noise(3000), b"koly\0\0\0\x04\0\0\x02\0".to_vec(), vec![0; 500]].concat()),
        ("squashfs", at(28, b"\x04\0\0\0", b"hsqs")),
        ("squashfs", at(28, b"\0\x04\0\0", b"sqsh")),
        ("cramfs", at(16, b"Compressed ROMFS", b"\x45\x3d\xcd\x28")),
        ("wim", after(b"MSWIM\0\0\0\xd0")),
        ("git pack", after(b"PACK\0\0\0\x02\0\0\0\x01")),
        (
            "git bundle",
            after(b"# v2 git bundle\n0123456789012345678901234567890123456789 HEAD\n\nPACK\0\0\0\x02"),
        ),
        ("git bundle", after(b"# v3 git bundle\n@object-format=sha1\n\nPACK\0\0\0\x02")),
        ("pdf", b"%PDF-1.4\n1 0 obj << /Length 9 /Filter /FlateDecode >>\nstream\n".to_vec()),
        ("pdf", b"\xef\xbb\xbf\n%PDF-2.0\n<< /F#69lter /A >> stream".to_vec()),
        ("pdf", after(b"%PDF-1.7\n")),
        ("swf", after(b"CWS\x0a")),
        ("crx", after(b"Cr24\x03\0\0\0")),
        ("parquet", after(b"PAR1\x15\0")),
        ("orc", after(b"ORC\x0a\x01")),
        ("avro", after(b"Obj\x01\x04\x14avro.codec\x0edeflate")),
        (
            "self-extracting archive",
            [b"#!/bin/sh\ntail -n +3 $0 | tar xz; exit\n".as_slice(), &gzip(&noise(999))].concat(),
        ),
        (
            "self-extracting archive",
            [
                b"MZ".as_slice(),
                &noise(2000),
                b"7z\xbc\xaf\x27\x1c\0\x04",
                &[9; 4],
                &[1, 0, 0, 0, 0, 0, 0, 0],
                &[2, 0, 0, 0, 0, 0, 0, 0],
            ]
            .concat(),
        ),
        (
            "self-extracting archive",
            [b"\x7fELF".as_slice(), &noise(2000), b"Rar!\x1a\x07\x01\0", &[9; 5], b"\x01"].concat(),
        ),
    ];
    for (name, bytes) in table {
        let start = bytes[..bytes.len().min(12)].escape_ascii().to_string();
        assert_eq!(of(&bytes), Some(name), "{name}: {start}");
        let may_end_as_zip = memchr::memchr(IN_ZIP_END, &bytes).is_some();
        assert_eq!(of_version(&bytes, may_end_as_zip), Some(name), "{name} as a version: {start}");
        assert_eq!(by_start(&bytes).or_else(|| by_end(&bytes)), Some(name), "{name} by its ends: {start}");
    }
}

#[test]
fn nothing_else_is_a_container() {
    let text = b"TOKEN=x\n".repeat(40);
    let table: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"PK".to_vec(),
        b"PK is what a zip starts with\n".to_vec(),
        b"PK\x05\x06".iter().copied().chain([0; 18]).collect(),
        b"BZh91AY&SY is what bzip2 writes first\n".to_vec(),
        b"BZh9 and more\n".to_vec(),
        b"Rar! said the pirate\n".to_vec(),
        b"7z is a program\n".to_vec(),
        b"LZIP and LZMA\n".to_vec(),
        b"LRZI, bvx2 and PAR1\n".to_vec(),
        b"PAR1 caf\xe9 in Latin-1\n".to_vec(),
        b"ORC\nELF\nMZ\n".to_vec(),
        b"MSCF and xar! and koly\n".to_vec(),
        b"ANDROID BACKUP\n1\n1\nnone of this is one\n".to_vec(),
        b"!BDN, UBI# and QFI\n".to_vec(),
        at(80, b"\0\0\0\0", b"ARROW1\0\0"),
        after(b"KDMV\x01\0\0\0\x02\0\0\0"),
        [vec![0; 1024], at(80, &[0; 4], b"\xe2\xe1\xf5\xe0")].concat(),
        b"\x7fELF\x02\x01\x01\0 unpacks UPX! programs and nothing else".to_vec(),
        b"PACK my box\n".to_vec(),
        b"# v2 git bundle\nis how one starts\n".to_vec(),
        b"x^2 + y^2\n".to_vec(),
        b"%PDF-1.4 is the first line of a PDF\n".to_vec(),
        b"%PDF-1.4\n1 0 obj << /Length 3 >>\nstream\nabc\nendstream\n%%EOF\n".to_vec(),
        b"0*-lh5- is a method of LHA, says the manual\n".to_vec(),
        b"SQLite format 3\0\x10\0\x01\x01\0".to_vec(),
        b"\x7fELF\x02\x01\x01\0 knows 7z\xbc\xaf\x27\x1c\0 and Rar!\x1a\x07\0, and nothing more".to_vec(),
        b"#!/bin/sh\n# \x1f\x8b is gzip's magic number\n".to_vec(),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
        b"GIF89a\x01\0\x01\0".to_vec(),
        b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(),
        b"wOF2\0\x01\0\0".to_vec(),
        b"OggS\0\x02\0\0".to_vec(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
        b"\xff\xfeP\0K\0".to_vec(),
        b"\x1f\x8b".to_vec(),
        b"\x5d\0\0 is no dictionary".to_vec(),
        b"\x50\x2a\x4d\x18\x04\0\0\0abcd".to_vec(),
        b"Obj\x01\x04\x14avro.codec\x08null\0\0".to_vec(),
        ar(&[("debian-binary", b"2.0\n"), ("data.tar", &text), ("a.o", b"\x7fELF")]),
        [b"magic = ".as_slice(), b"PK\x05\x06", &noise(40)].concat(),
        noise(70_000),
        vec![0; 70_000],
        text,
    ];
    for bytes in table {
        let start = bytes[..bytes.len().min(40)].escape_ascii().to_string();
        assert_eq!(of(&bytes), None, "{start}");
    }
}

#[test]
fn a_zip_of_which_only_the_end_is_at_hand_is_known() {
    let bytes = [noise(200_000), zip(b"a comment")].concat();
    assert_eq!(by_end(&bytes[bytes.len() - END..]), Some("zip"));
    let long = [noise(200_000), zip(&[b'c'; 0xffff])].concat();
    assert_eq!(by_end(&long[long.len() - END..]), Some("zip"), "the directory comes before");
    assert_eq!(by_end(&long[long.len() - 0xffff..]), None, "the record is cut");
}

proptest! {
    #[test]
    fn no_text_is_a_container(text in "[ -~\n\té日]{0,80}", start in 0..LETTERS.len()) {
        prop_assert_eq!(of(text.as_bytes()), None);
        let text = [LETTERS[start].0, text.as_bytes()].concat();
        prop_assert_eq!(of(&text), None);
    }

    #[test]
    fn any_bytes_and_any_cut_of_a_container_are_judged(bytes in any::<Vec<u8>>(), magic in 0..MAGIC.len(), cut in 0..80_usize) {
        let _ = of(&bytes);
        let whole = [MAGIC[magic].0, &bytes].concat();
        let _ = (of(&whole[..cut.min(whole.len())]), of(&[b"!<arch>\n".as_slice(), &whole].concat()));
        let _ = of(&[b"\x50\x2a\x4d\x18".as_slice(), &bytes].concat());
    }
}
