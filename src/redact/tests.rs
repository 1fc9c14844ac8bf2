//! Whatever the cuts, the same comes out; and only secrets go.

use super::*;
use crate::findings::{Options, Policy};
use crate::model::{Confidence, RuleInfo, Severity, UnusedAllows};
use crate::rules::{Catalogue, template};
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};

/// A scanner, its rules and a policy that covers nothing.
type Engine = (Scanner, Arc<[Arc<RuleInfo>]>, Policy);

fn engine() -> &'static (Scanner, Arc<[Arc<RuleInfo>]>, Policy) {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let catalogue = Catalogue::embedded();
        (Scanner::new(&catalogue), catalogue.infos(), Policy::default())
    })
}

fn replacer() -> Replacer<'static> {
    let (_, rules, policy) = engine();
    Replacer::new(Options {
        rules,
        min_confidence: Confidence::Medium,
        fail_on: Severity::Low,
        policy,
        before: None,
        after: None,
        new_allows: None,
        today: jiff::civil::date(2026, 11, 29),
        report_unused: false,
        report_expired: false,
        markers: &[],
        unused_allows: UnusedAllows::Ignore,
        left_out: None,
        fail_in_tests: true,
        explain: |_| Vec::new(),
        roots: &[],
    })
}

/// What comes out if `text` comes in these parts; with a pause after each, if that is asked for.
fn through<'t>(parts: impl IntoIterator<Item = &'t [u8]>, pauses: bool) -> Vec<u8> {
    let mut replacer = replacer();
    let mut redactor = Redactor::new(&engine().0, &mut replacer);
    let mut out = Vec::new();
    for part in parts {
        redactor.push(part, &mut out).expect("the rules take little work");
        if pauses {
            redactor.pause(true, &mut out).expect("the rules take little work");
        }
    }
    redactor.finish(&mut out).expect("the rules take little work");
    out
}

fn whole(text: &[u8]) -> String {
    String::from_utf8_lossy(&through([text], false)).into_owned()
}

fn fake(form: &str, seed: u64) -> String {
    template::fill(form, seed).expect("the template is well formed")
}

fn token(seed: u64) -> String {
    fake("ghp_{base62:30}{crc32-base62:6}", seed)
}

/// A log of at least `len` bytes with secrets of all kinds in one of so many lines, and near multiples of [`STEP`].
fn log(len: usize, lines: u64) -> Vec<u8> {
    let mut text: Vec<u8> = Vec::new();
    let mut number = 0;
    while text.len() < len {
        number += 1;
        let near = text.len() % STEP > STEP - 600 || number % lines == 0;
        let line = match (near, number % 6) {
            (true, 0) => format!("key follows\n{}\nkey came\r\n", fake("{pem:rsa}", number)),
            (true, 1) => format!("password = \"{}\" \n", fake("{alnum:22}", number)),
            (true, 2) => format!("aws_access_key_id={} \n", fake("AKIA{base32:16}", number)),
            (true, 3) => format!("db:\n  password:\n    {}\n", fake("{alnum:20}", number)),
            (true, _) => format!("refused {} again {}\r\n", token(number), token(number % 7)),
            (false, _) => {
                format!("2026-11-29T10:11:12Z INFO [{number}] request done status=200 key=product:{number}\n")
            }
        };
        text.extend_from_slice(line.as_bytes());
        if near {
            text.extend_from_slice(b"\xff\xfe\x00\x80 no text\n");
        }
    }
    text
}

#[test]
fn a_secret_becomes_a_placeholder_that_is_always_the_same_and_nothing_else_changes() {
    let (one, other) = (token(1), token(2));
    let text = format!("a {one} b\r\nno \u{fffd} end {other}   {one}");
    let out = whole(text.as_bytes());
    let shown = regex::Regex::new(r"\[REDACTED:[0-9a-f]{8}:github-[a-z-]+\]").expect("it is sound");
    let placeholders: Vec<&str> = shown.find_iter(&out).map(|found| found.as_str()).collect();
    assert_eq!(placeholders.len(), 3, "{out}");
    assert!(placeholders[0] == placeholders[2] && placeholders[0] != placeholders[1], "{out}");
    assert_eq!(out, text.replace(&one, placeholders[0]).replace(&other, placeholders[1]));
    assert_eq!(whole(out.as_bytes()), out, "what is out is not changed again");
}

#[test]
fn bytes_without_a_secret_pass_as_they_are() {
    let every: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let long = vec![b'x'; 3 * STEP];
    for text in [&b""[..], b"\n", b"a", b"\r\n\r\n", b"\xff\xfe", b"no end", &every[..], &long[..]] {
        assert!(through(text.chunks(7_919), false) == text, "{} bytes", text.len());
        assert!(through(text.chunks(7_919), true) == text, "{} bytes with pauses", text.len());
    }
}

#[test]
fn a_placeholder_in_the_place_of_a_value_is_no_secret() {
    for line in [
        "password = \"{}\"",
        "token: {}",
        "https://user:{}@host.io/x",
        "Authorization: Bearer {}",
        "DB_PASSWORD={}",
    ] {
        let text = line.replace("{}", &fake("{alnum:24}", 5));
        let out = whole(text.as_bytes());
        assert!(out.contains("[REDACTED:"), "{out}");
        assert_eq!(whole(out.as_bytes()), out, "{line}");
    }
}

#[test]
fn after_a_pause_all_lines_are_out_and_a_key_is_held_until_it_ends() {
    let mut replacer = replacer();
    let mut redactor = Redactor::new(&engine().0, &mut replacer);
    let mut out = Vec::new();
    let mut come = |bytes: &str, long: bool| {
        out.clear();
        redactor.push(bytes.as_bytes(), &mut out).expect("the rules take little work");
        redactor.pause(long, &mut out).expect("the rules take little work");
        String::from_utf8_lossy(&out).into_owned()
    };
    assert_eq!(come("ready\n", false), "ready\n");
    assert_eq!(come("Continue? [y/N] ", false), "");
    assert_eq!(come("", true), "Continue? [y/N] ");
    assert_eq!(come("y\n", false), "y\n");
    let secret = token(3);
    assert_eq!(come(&secret[..20], true), "", "a token may go on");
    assert!(come(&format!("{} is it\n", &secret[20..]), false).starts_with("[REDACTED:"));
    assert_eq!(come("Password:\n", false), "Password:\n");
    let key = fake("{pem:rsa}", 4);
    let (begin, rest) = key.trim_end().split_at(key.len() / 2);
    assert_eq!(come(&format!("key\n{begin}"), true), "key\n", "the key may go on");
    let end = come(&format!("{rest}\nafter\n"), false);
    assert!(end.starts_with("[REDACTED:") && end.ends_with("]\nafter\n"), "{end}");
    assert_eq!(come("-----BEGIN RSA PRIVATE KEY----- could not be read\nnext\n", false).lines().count(), 2);
}

#[test]
fn where_the_input_pauses_between_lines_does_not_matter() {
    let text = log(5_000, 7);
    assert!(through(text.split_inclusive(|&byte| byte == b'\n'), true) == through([&*text], false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn the_same_comes_out_however_the_input_is_cut(seed in 0_usize..1000, sizes in prop::collection::vec(1_usize..90_000, 1..40)) {
        static EXPECTED: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
        let (text, expected) = EXPECTED.get_or_init(|| {
            let text = log(3 * STEP, 97);
            let out = through([&*text], false);
            (text, out)
        });
        let text = &text[seed..];
        let mut rest = text;
        let mut parts = Vec::new();
        for size in sizes.iter().cycle() {
            let (part, after) = rest.split_at((*size).min(rest.len()));
            parts.push(part);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let out = through(parts, false);
        // Without the first bytes it is another text; what comes after the first lines is the same.
        let tail = expected.len() - STEP;
        prop_assert!(out[..] == through([text], false)[..] && out.ends_with(&expected[tail..]));
        if seed == 0 {
            prop_assert!(out == *expected);
        }
    }
}
