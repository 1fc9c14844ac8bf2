//! Secrets where a viewer does not look: between the entries of binary files, beside the samples of a picture, behind the
//! end of what a program reads.

use crate::harness::{Outcome, Repo, fake, github_token};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::Write;

#[track_caller]
fn found(outcome: &Outcome, what: &str) {
    assert_eq!(outcome.code, 1, "{what}\n{}\n{}", outcome.stdout, outcome.stderr);
}

/// Every way in which a file comes in finds what is in it.
#[track_caller]
fn is_found(name: &str, content: &[u8], what: &str) {
    let repo = Repo::new();
    repo.write("other", "nothing\n");
    let base = repo.commit("one");
    repo.write(name, content);
    found(&repo.run(&["scan"]), what);
    repo.stage();
    found(&repo.run(&["staged"]), what);
    repo.commit("two");
    found(&repo.run(&["diff", &base]), what);
    found(&repo.run(&["history", "--no-cache"]), what);
    found(&repo.run_with(".", &["scan", "-"], &[], content), what);
}

/// A string as formats write it whose entries have no end: its length before it, and the next entry, which begins with a
/// letter, behind it.
fn measured(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let (len, text) = (u8::try_from(text.len()).expect("it is short"), text.as_bytes());
    let long = u32::from(len);
    let formats: [(&str, &[u8]); 5] = [
        ("Protocol Buffers", &[0x0a, 1, b'k', 0x12, len]),
        ("a pickle", &[0x80, 4, 0x94, 0x8c, 1, b'k', 0x94, 0x8c, len]),
        ("CBOR", &[0xa1, 0x61, b'k', 0x78, len]),
        ("a Java class", &[7, 0, 1, 0, len]),
        ("an old pyc", &[b's', long.to_le_bytes()[0], 0, 0, 0]),
    ];
    formats.into_iter().map(|(name, start)| (name, [start, text, b"2more\0\x01"].concat())).collect()
}

#[test]
fn a_token_in_a_binary_file_is_found_whatever_is_beside_it() {
    let tokens = [
        github_token(1),
        fake("xoxb-{digits:12}-{digits:13}-{base62:24}", 2),
        fake("SG.{base62:22}.{base62:43}", 3),
        fake("dop_v1_{hex:64}", 4),
        fake("sk-ant-api03-{base62:93}AA", 5),
    ];
    let repo = Repo::plain();
    for (number, token) in tokens.iter().enumerate() {
        for (format, content) in measured(token) {
            repo.write("a.bin", &content);
            found(&repo.run(&["scan"]), &format!("token {number} in {format}"));
        }
    }
    for (format, content) in measured(&tokens[2]) {
        is_found("a.bin", &content, format);
    }
    // Text with such a neighbour is a longer word.
    repo.write("a.bin", format!("name: E{}2more\n", tokens[2]));
    repo.run(&["scan"]).exits(0);
    // Nothing that only looks as if it had a length.
    repo.write("a.bin", [b"\0\x01\x02\x10".as_slice(), tokens[2].as_bytes(), b"2more\0\x01"].concat());
    repo.run(&["scan"]).exits(0);
}

#[test]
fn a_token_that_its_checksum_proves_needs_no_end() {
    let repo = Repo::plain();
    let strings = format!("\x7fELF\0\0 invalid argument{}connection reset\0", github_token(1));
    is_found("a.out", strings.as_bytes(), "the strings of a program");
    repo.write("a.txt", format!("{}abc\n", fake("ghp_{base62:36}", 1)));
    repo.run(&["scan"]).exits(0);
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("it goes into memory");
    encoder.finish().expect("it goes into memory")
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("it goes into memory");
    encoder.finish().expect("it goes into memory")
}

/// A PNG with a chunk of this kind; nobody here looks at the checksums.
fn png(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        [&u32::try_from(data.len()).expect("it is short").to_be_bytes(), kind, data, &[0; 4]].concat()
    };
    let start = b"\x89PNG\r\n\x1a\n".as_slice();
    [start, &chunk(b"IHDR", &[0; 13]), &chunk(kind, data), &chunk(b"IDAT", &[1; 40]), &chunk(b"IEND", b"")]
        .concat()
}

#[test]
fn what_a_picture_says_beside_its_samples_is_read() {
    let token = format!("the key is {}", github_token(1));
    let password = fake("{base62:16}", 2);
    let cases = [
        ("zTXt", png(b"zTXt", &[b"Comment\0\0".as_slice(), &deflated(token.as_bytes())].concat())),
        ("zTXt", png(b"zTXt", &[b"password\0\0".as_slice(), &deflated(password.as_bytes())].concat())),
        ("zTXt without a header", {
            let bare = deflated(token.as_bytes());
            png(b"zTXt", &[b"mxGraphModel\0\0".as_slice(), &bare[2..]].concat())
        }),
        ("tEXt", png(b"tEXt", format!("Comment\0db_password = \"{password}\"").as_bytes())),
        ("iTXt", png(b"iTXt", &[b"a\0\x01\0\0\0".as_slice(), &deflated(token.as_bytes())].concat())),
    ];
    for (kind, content) in cases {
        is_found("a.png", &content, kind);
    }
    let repo = Repo::plain();
    repo.write("a.png", png(b"zTXt", b"Comment\0\0\x78\x9c damaged"));
    repo.run(&["scan"]).exits(3);
    repo.write("a.png", png(b"tEXt", b"Comment"));
    repo.run(&["scan"]).exits(0);
}

#[test]
fn what_is_behind_the_end_is_read_if_it_is_a_container() {
    let settings = format!("db_password = \"{}\"\n", fake("{base62:16}", 1));
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0abcdef,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec();
    let jpeg = b"\xff\xd8\xff\xe0\0\x06ab\0\0\xff\xda\0\x04abcd\xff\0\xff\xd9".to_vec();
    let pictures = [("a.png", png(b"gAMA", &[0; 4])), ("a.gif", gif), ("a.jpg", jpeg.repeat(12))];
    for (name, picture) in pictures {
        is_found(name, &[picture, packed(&settings)].concat(), name);
    }
    let other = packed("nothing\n");
    is_found("a.gz", &[other.clone(), vec![0; 512], packed(&settings)].concat(), "after a filled block");
    is_found("b.gz", &[other, deflated(settings.as_bytes())].concat(), "another format");
}

#[test]
fn predicted_rows_of_a_pdf_and_encoded_words_of_mail_are_read() {
    let text = format!("token = {} ", github_token(1));
    let mut rows = Vec::new();
    let mut before = [0; 8];
    for row in text.as_bytes().chunks_exact(8) {
        rows.push(2);
        rows.extend(row.iter().zip(before).map(|(byte, above)| byte.wrapping_sub(above)));
        before.copy_from_slice(row);
    }
    let stream = deflated(&rows);
    let head = "%PDF-1.5\n1 0 obj<</Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 8>>>>stream\n";
    is_found("a.pdf", &[head.as_bytes(), &stream, b"\nendstream endobj\n%%EOF"].concat(), "a PDF");
    let word: String = text.trim_end().bytes().map(|byte| format!("={byte:02X}")).collect();
    let mail = format!("From: a@example.org\nDate: today\nSubject: =?utf-8?Q?{word}?=\n\nhello\n");
    is_found("a.eml", mail.as_bytes(), "mail");
}

/// A zip with one member that is not compressed.
fn zip(name: &str) -> Vec<u8> {
    let (len, sum) = ([1, 0, 0, 0], crc32fast::hash(b"x").to_le_bytes());
    let count = u16::try_from(name.len()).expect("it is short").to_le_bytes();
    let fields = [&[0; 8], sum.as_slice(), &len, &len, &count, &[0; 2]].concat();
    let local = [b"PK\x03\x04\x0a\0".as_slice(), &fields, name.as_bytes(), b"x"].concat();
    let entry = [b"PK\x01\x02\x0a\0\x0a\0", fields.as_slice(), &[0; 14], name.as_bytes()].concat();
    let [size, at] =
        [entry.len(), local.len()].map(|len| u32::try_from(len).expect("it is short").to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &size, &at, &[0; 2]].concat();
    [local, entry, end].concat()
}

/// A cpio archive of these members, with what marks its end.
fn cpio(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in members.iter().chain([&("TRAILER!!!", b"".as_slice())]) {
        let mode = if content.is_empty() { 0 } else { 0o100_644 };
        let header = format!(
            "070701{:08x}{mode:08x}{:024x}{:08x}{:08x}{:032x}{:08x}{:08x}",
            0,
            1,
            0,
            content.len(),
            0,
            name.len() + 1,
            0
        );
        archive.extend([header.as_bytes(), name.as_bytes(), b"\0"].concat());
        archive.resize(archive.len().next_multiple_of(4), 0);
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(4), 0);
    }
    archive
}

#[test]
fn a_container_that_no_part_of_another_names_is_opened_at_any_depth() {
    let settings = format!("db_password = \"{}\"\n", fake("{base62:16}", 1));
    let empty_7z = [b"7z\xbc\xaf\x27\x1c\0\x04\x8d\x9b\xd5\x0f".as_slice(), &[0; 20]].concat();
    let pdf = b"%PDF-1.4\ntrailer<<>>\n%%EOF\n".to_vec();
    let archives =
        [("a.7z", empty_7z), ("a.zip", zip("a")), ("a.pdf", pdf), ("a.cpio", cpio(&[("a", b"x\n")]))];
    for (name, archive) in archives {
        for filler in [0, 600] {
            let content = [archive.clone(), vec![b'y'; filler], packed(&settings)].concat();
            is_found(name, &content, &format!("{name}, {filler}"));
            is_found("outer.cpio", &cpio(&[(name, &content)]), &format!("{name}, {filler}, in another"));
        }
        let repo = Repo::plain();
        repo.write(name, &archive);
        repo.run(&["scan", "--strict"]).exits(0);
    }
    let body = format!("1 0 obj<</Length 3>>stream\nabc\nendstream endobj\n{}", "y".repeat(600));
    let parts = [b"%PDF-1.4\n".as_slice(), &packed(&settings), body.as_bytes(), b"%%EOF\n"];
    is_found("b.pdf", &parts.concat(), "before a stream");
}

#[test]
fn strings_of_a_pdf_are_read_as_they_are_shown() {
    let token = format!("key {}", github_token(1));
    let wide: Vec<u8> = token.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let octal = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:03o}")).collect::<String>();
    let (start, end) = token.split_at(9);
    let broken = hex(token.as_bytes());
    let strings = [
        ("UTF-16 in hexadecimal", format!("<FEFF{}>", hex(&wide))),
        ("hexadecimal in lines", format!("<{}\n{}>", &broken[..30], &broken[30..])),
        ("UTF-16 with escapes", format!("(\\376\\377{})", octal(&wide))),
        ("a line that goes on", format!("({start}\\\n{end})")),
        ("an escaped letter", format!("({start}{})", octal(end.as_bytes()))),
    ];
    for (what, string) in strings {
        let object = format!("1 0 obj<</Title {string}>>endobj");
        let pdf = format!("%PDF-1.4\n{object}\ntrailer<<>>\n%%EOF\n");
        is_found("a.pdf", pdf.as_bytes(), what);
        let stream = deflated(object.as_bytes());
        let head = b"%PDF-1.5\n2 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n".as_slice();
        is_found(
            "b.pdf",
            &[head, &stream, b"\nendstream endobj\n%%EOF"].concat(),
            &format!("{what}, packed"),
        );
    }
    let password = hex(format!("{} ", fake("{base62:16}", 2)).trim().as_bytes());
    let note = format!("%PDF-1.4\n1 0 obj<</Password <{password}>>>endobj\n");
    is_found("a.pdf", note.as_bytes(), "the name is that of its value");
    let repo = Repo::plain();
    repo.write("a.pdf", format!("%PDF-1.4\n({token}\n"));
    repo.run(&["scan"]).exits(1);
    repo.write("a.pdf", "%PDF-1.4\n1 0 obj<</ID [<00112233445566778899> <");
    repo.run(&["scan"]).exits(0);
}
