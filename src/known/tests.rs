//! Tests of the whole: what is entered is found in each writing, and a search gives the same as one for each value.

use super::*;
use crate::model::Decoding;
use proptest::prelude::*;

const KEY: [u8; 32] = [7; 32];

/// A value of `len` random letters and digits.
fn random(len: usize, seed: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let all = (0..).map(|more: u64| random_of(LETTERS, len, seed + (more << 32)));
    all.into_iter().find(|value| Refusal::of("", value).is_none()).expect("few are refused")
}

fn random_of(letters: &[u8], len: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        letters[(state >> 33) as usize % letters.len()] as char
    };
    (0..len).map(|_| next()).collect()
}

fn index(values: &[&str]) -> KnownIndex {
    let mut index = KnownIndex::new(&KEY).expect("this system has random bytes");
    let entries: Vec<Exported> = (0..)
        .zip(values)
        .map(|(at, value)| Exported { name: format!("kv/{at}"), value: (*value).to_owned() })
        .collect();
    index.add(&entries).expect("there is room");
    assert_eq!(index.refused().len(), 0);
    index
}

/// What is found in `text`: where, and in which encoding.
fn found(index: &KnownIndex, text: &[u8]) -> Vec<(Span, Vec<u8>, Option<Decoding>)> {
    let mut zones = Vec::new();
    index.zones(text, &mut |zone| zones.push(zone));
    let matches = zones.iter().flat_map(|zone| index.matches(text, zone).0);
    let mut all: Vec<_> = matches.map(|one| (one.span, one.value, one.decoded_by)).collect();
    all.sort_by_key(|one| (one.0.start, one.0.end, one.2));
    all.dedup();
    all
}

use crate::model::Span;

#[test]
fn a_value_is_found_amid_any_text_at_any_offset() {
    for len in [8, 9, 11, 12, 15, 16, 19, 20, 21, 24, 33, 64, 700] {
        let value = random(len, len as u64);
        let index = index(&[&value]);
        for offset in 0..17 {
            for (before, after) in [("pw=", "\n"), ("\"", "\""), ("://u:", "@h"), (" ", ""), ("", "")] {
                let before = format!("{}{before}", " ".repeat(offset));
                let text = format!("{before}{value}{after}");
                let at = Span::new(before.len(), before.len() + len);
                assert_eq!(
                    found(&index, text.as_bytes()),
                    [(at, value.clone().into_bytes(), None)],
                    "{len} {text:?}"
                );
            }
        }
    }
}

#[test]
fn a_short_value_is_not_found_within_a_word() {
    let (short, long) = (random(11, 3), random(12, 4));
    let index = index(&[&short, &long]);
    assert_eq!(found(&index, format!("x{short}").as_bytes()).len(), 0);
    assert_eq!(found(&index, format!("{short}9").as_bytes()).len(), 0);
    assert_eq!(found(&index, format!("-{short}_").as_bytes()).len(), 1);
    assert_eq!(found(&index, format!("x{long}9").as_bytes()).len(), 1);
}

#[test]
fn a_value_is_found_in_each_encoding() {
    let mixed = [8, 10, 11, 12, 17, 20, 40, 200].map(|len| random(len, 100 + len as u64));
    // In these no digit follows a letter.
    let letters = [16, 17, 20, 40].map(|len| random_of(b"abcdefghijklmnopqrstuvwxyz", len, 300 + len as u64));
    let digits = [20, 33].map(|len| random_of(b"0123456789", len, 400 + len as u64));
    let signs = [12, 24].map(|len| random_of(b"?>~|}{abcdefghijklmnopqrstuvwxyz", len, 500 + len as u64));
    for value in mixed.into_iter().chain(letters).chain(digits).chain(signs) {
        let len = value.len();
        let index = index(&[&value]);
        for before in 0..9 {
            for after in ["", "x", ";\n"] {
                // What is beside a short value in the decoded text must be no letter.
                let plain = format!("{}{value}{}", ":".repeat(before), after.replace('x', "."));
                let expect = |text: Vec<u8>, decoding: Option<Decoding>| {
                    let all = found(&index, &text);
                    assert!(
                        all.iter().any(|one| one.1 == value.as_bytes() && one.2 == decoding),
                        "{len} bytes, {before} before, {decoding:?}: {all:?} in {:?}",
                        String::from_utf8_lossy(&text)
                    );
                };
                let base64 = data_encoding::BASE64.encode(plain.as_bytes());
                expect(format!("key: {base64}\n").into_bytes(), Some(Decoding::Base64));
                expect(
                    base64.trim_end_matches('=').replace('+', "-").replace('/', "_").into(),
                    Some(Decoding::Base64),
                );
                let hex = data_encoding::HEXLOWER.encode(plain.as_bytes());
                expect(format!("{}{hex}", " ".repeat(before)).into_bytes(), Some(Decoding::Hex));
                expect(hex.to_uppercase().into_bytes(), Some(Decoding::Hex));
                if value.bytes().any(|byte| byte.is_ascii_digit()) && value.len() >= 17 {
                    let turned = hex.char_indices().map(|(at, digit)| match at % 3 {
                        0 => digit.to_ascii_uppercase(),
                        _ => digit,
                    });
                    expect(turned.collect::<String>().into_bytes(), Some(Decoding::Hex));
                }
                let each = |of: &dyn Fn(u8) -> String| plain.bytes().map(of).collect::<String>();
                expect(each(&|byte| format!("%{byte:02X}")).into_bytes(), Some(Decoding::Percent));
                expect(format!("'{}'", each(&|byte| format!("\\x{byte:02x}"))).into_bytes(), None);
                expect(format!("'{}'", each(&|byte| format!("\\u{byte:04x}"))).into_bytes(), None);
                let wide = |of: &dyn Fn(u8) -> Vec<u8>| plain.bytes().flat_map(of).collect::<Vec<u8>>();
                expect([&b"\xff\xfe"[..], &wide(&|byte| vec![byte, 0])].concat(), Some(Decoding::Utf16Le));
                expect(wide(&|byte| vec![byte, 0, 0, 0]), Some(Decoding::Utf32Le));
                let all = found(&index, &[&b"\xfe\xff"[..], &wide(&|byte| vec![0, byte])].concat());
                assert!(all.iter().any(|one| one.1 == value.as_bytes()), "big-endian");
                let all = found(&index, &wide(&|byte| vec![0, 0, 0, byte]));
                assert!(all.iter().any(|one| one.1 == value.as_bytes()), "big-endian");
            }
        }
    }
}

#[test]
fn a_value_with_special_characters_is_found_as_it_is_spelled() {
    let value = "q7\"Zk2\\Lw9&Xb4/Tn6'Vc1<Rm8";
    let index = index(&[value]);
    for text in [
        format!("a = {value};"),
        format!("{{\"a\":{}}}", serde_json::to_string(value).expect("it is text")),
        "<a>q7&quot;Zk2\\Lw9&amp;Xb4/Tn6'Vc1&lt;Rm8</a>".to_owned(),
        format!("postgres://u:{}@h", "q7%22Zk2%5CLw9%26Xb4%2FTn6%27Vc1%3CRm8"),
        format!("postgres://u:{}@h", "q7%22Zk2%5cLw9%26Xb4%2fTn6%27Vc1%3cRm8"),
        "a='q7\"Zk2\\Lw9&Xb4/Tn6'\\''Vc1<Rm8'".to_owned(),
    ] {
        let all = found(&index, text.as_bytes());
        assert!(all.iter().any(|one| one.1 == value.as_bytes()), "{text}: {all:?}");
    }
}

#[test]
fn an_index_opens_with_its_key_alone_and_contains_no_value() {
    let values: Vec<String> = (0..50).map(|seed| random(12 + seed as usize, seed)).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let made = index(&values);
    let file = made.seal().expect("this system has random bytes");
    let opened = KnownIndex::open(&KEY, file.clone()).expect("it opens");
    assert_eq!(opened.len(), 50);
    for value in &values {
        assert_eq!(found(&opened, format!("a={value}").as_bytes()).len(), 1);
        assert_eq!(opened.entries(value.as_bytes()).len(), 1);
        assert!(memchr::memmem::find(&file, &value.as_bytes()[..8]).is_none());
    }
    assert!(memchr::memmem::find(&file, b"kv/1").is_none());
    assert!(matches!(KnownIndex::open(&[8; 32], file.clone()), Err(Error::Sealed)));
    for at in [8, 30, 60, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(matches!(KnownIndex::open(&KEY, changed), Err(Error::Sealed)), "{at}");
    }
    assert!(matches!(KnownIndex::open(&KEY, b"KDKNOWN".to_vec()), Err(Error::NotAnIndex)));
    assert!(KnownIndex::open(&KEY, file[..file.len() - 1].to_vec()).is_err());
    // Nothing in it says what it was made of, even to one who opens it.
    let debug = format!("{opened:?}");
    assert_eq!(debug, "KnownIndex(50 values)");
}

#[test]
fn an_index_grows_and_shrinks() {
    let values: Vec<String> = (0..3000).map(|seed| random(20, 5000 + seed)).collect();
    let mut index = index(&[&values[0]]);
    for some in values.chunks(700) {
        let entries: Vec<Exported> =
            some.iter().map(|value| Exported { name: format!("n/{value}"), value: value.clone() }).collect();
        index.add(&entries).expect("there is room");
    }
    let all = values.join(" ");
    assert_eq!((index.len(), found(&index, all.as_bytes()).len()), (3000, 3000));
    let gone = format!("n/{}", values[1]);
    assert_eq!(index.remove(|name| name == gone), 1);
    assert_eq!((index.len(), found(&index, all.as_bytes()).len()), (2999, 2999));
    assert_eq!(index.entries(values[1].as_bytes()).len(), 0);
    // The first value has two entries.
    assert_eq!(index.entries(values[0].as_bytes()).len(), 2);
    index.remove(|name| name == "kv/0");
    assert_eq!((index.len(), index.entries(values[0].as_bytes()).len()), (2999, 1));
}

#[test]
fn of_several_lines_one_is_searched_for() {
    let lines: Vec<String> = (0..5).map(|seed| random(64, 900 + seed)).collect();
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n"),
        random(20, 1)
    );
    let index = index(&[&key]);
    let text = key.replace('\n', "\r\n    ");
    assert_eq!(found(&index, text.as_bytes()).len(), 1);
    assert_eq!(index.entries(key.trim().as_bytes()).len(), 1);
    assert_eq!(index.entries(lines[2].as_bytes()).len(), 1);
}

#[test]
fn values_that_begin_alike_are_told_apart() {
    let values: Vec<String> =
        (0..300).map(|seed| format!("postgres://app-user-4711:{}@db", random(10, seed))).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let index = index(&values);
    for value in &values {
        assert_eq!(found(&index, value.as_bytes()).len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Values planted among pieces of themselves and others are found exactly where they are. (No escape begins between
    /// them: `%39` before the rest of a value that begins with a 9 is that value, in another writing.)
    #[test]
    fn a_search_finds_what_comparing_at_each_position_finds(
        lens in proptest::collection::vec(8_usize..40, 1..6),
        pieces in proptest::collection::vec((0_usize..6, 0_usize..40, 0_usize..40, "[ -$'-\\[\\]-~]{0,6}"), 0..30),
    ) {
        let values: Vec<String> = (0..).zip(&lens).map(|(seed, len)| random(*len, 77 + seed)).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let index = index(&values);
        let mut text = String::new();
        for (which, from, to, between) in pieces {
            let value = values[which % values.len()];
            let (from, to) = (from % value.len(), (to % value.len()) + 1);
            text.push_str(if from < to && from > 2 { &value[from..to] } else { value });
            text.push_str(&between);
        }
        let bytes = text.as_bytes();
        let mut expected = Vec::new();
        for at in 0..bytes.len() {
            for value in &values {
                let end = at + value.len();
                let is_beside = |at: Option<usize>| {
                    at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric)
                };
                let is_within = value.len() < 12 && (is_beside(at.checked_sub(1)) || is_beside(Some(end)));
                if bytes[at..].starts_with(value.as_bytes()) && !is_within {
                    expected.push(Span::new(at, end));
                }
            }
        }
        let mut plain: Vec<Span> = found(&index, bytes).iter().filter(|one| one.2.is_none()).map(|one| one.0).collect();
        plain.sort_by_key(|span| (span.start, span.end));
        expected.sort_by_key(|span| (span.start, span.end));
        prop_assert_eq!(plain, expected);
    }

    /// Any bytes are searched without a panic, and the same with bytes added far away.
    #[test]
    fn any_bytes_are_searched(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let value = random(20, 5);
        let index = index(&[&value, &random(9, 6)]);
        found(&index, &bytes);
        let text = [&bytes[..], b" ", value.as_bytes(), b" ", &bytes].concat();
        let all = found(&index, &text);
        let at = Span::new(bytes.len() + 1, bytes.len() + 21);
        prop_assert!(all.iter().any(|one| one.0 == at));
    }
}

#[test]
fn escapes_of_either_kind_are_found_beside_many_of_the_other() {
    let value = random(20, 77);
    let index = index(&[&value]);
    let escaped = |prefix: &str| value.bytes().map(|byte| format!("{prefix}{byte:02x}")).collect::<String>();
    let (short, long) = (escaped("\\x"), escaped("\\u00"));
    let many = |escape: &str| format!("{escape}{}", " ".repeat(90)).repeat(50);
    for (before, there) in
        [("\\x41", &long), ("\\u0041", &short), ("\\x41", &short), ("\\u0041", &long), ("\\n", &long)]
    {
        let text = format!("{}{there} {}", many(before), many(before));
        assert_eq!(found(&index, text.as_bytes()).len(), 1, "{before}");
    }
}
