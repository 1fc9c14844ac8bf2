//! Secrets that are written so that a search for them fails: in UTF-32, and with invisible characters.

use crate::harness::{Repo, fake, github_token};
use serde_json::Value;

/// A text in UTF-32.
fn utf32(text: &str, order: fn(u32) -> [u8; 4], mark: bool) -> Vec<u8> {
    let mark = mark.then_some('\u{feff}');
    mark.into_iter().chain(text.chars()).flat_map(|char| order(u32::from(char))).collect()
}

/// What `scan` reports, by file: rule, fingerprint, check and how it was decoded.
fn reported(repo: &Repo) -> Vec<(String, String, String)> {
    let outcome = repo.run_json(&["scan", "--exit-zero", "--min-confidence", "low"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for finding in outcome.findings() {
        for occurrence in finding["occurrences"].as_array().expect("a finding has occurrences") {
            let rule = text(&finding["rule"]);
            all.push((text(&occurrence["path"]), rule, text(&finding["fingerprint"])));
        }
    }
    all.sort();
    all
}

/// Asserts that each file has one finding, of this rule and all with one fingerprint.
fn assert_all_are_one(repo: &Repo, files: usize, rule: &str) {
    let reported = reported(repo);
    let paths: Vec<&str> = reported.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(reported.len(), files, "{paths:?}");
    for (path, own, fingerprint) in &reported {
        assert_eq!((own.as_str(), fingerprint), (rule, &reported[0].2), "{path}");
    }
}

#[test]
fn utf_32_is_read_in_both_orders_with_and_without_a_mark() {
    let repo = Repo::plain();
    let text = format!("first line\ntoken = {}\nlast line\n", github_token(1));
    repo.write("plain.txt", &text);
    for (name, order) in [("le", u32::to_le_bytes as fn(u32) -> [u8; 4]), ("be", u32::to_be_bytes)] {
        for mark in [false, true] {
            let encoded = utf32(&text, order, mark);
            repo.write(&format!("{name}-{mark}.txt"), &encoded);
            repo.write(&format!("{name}-{mark}-odd.bin"), [b"\x01\x02\xff", &encoded[..]].concat());
        }
    }
    assert_all_are_one(&repo, 9, "github-pat-classic");
    let outcome = repo.run_json(&["scan", "le-true.txt", "be-false.txt"]).exits(1);
    let occurrences = outcome.findings()[0]["occurrences"].as_array().expect("there are some").clone();
    let decoded: Vec<String> = occurrences.iter().map(|one| one["decoded_by"].to_string()).collect();
    assert_eq!(decoded, [r#"["utf-32be"]"#, r#"["utf-32le"]"#]);
}

#[test]
fn built_in_assignments_are_read_in_utf_16_with_and_without_a_mark() {
    let repo = Repo::plain();
    let text = format!("first\r\n\"DefaultPassword\"=\"{}\"\r\n", fake("{base62:14}", 3));
    repo.write("plain.reg", &text);
    for (name, order) in [("le", u16::to_le_bytes as fn(u16) -> [u8; 2]), ("be", u16::to_be_bytes)] {
        for mark in ["", "\u{feff}"] {
            let encoded: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(order).collect();
            repo.write(&format!("{name}-{}.reg", mark.len()), encoded);
        }
    }
    assert_all_are_one(&repo, 5, "generic-password");
}

#[test]
fn named_values_are_read_in_base64_at_every_alignment() {
    let repo = Repo::plain();
    for at in 0..6 {
        let user = "u".repeat(at);
        let inner =
            format!("{{\"db\": {{\"user\": \"{user}\", \"password\": \"{}\"}}}}", fake("{base62:16}", 3));
        let encoded = data_encoding::BASE64.encode(inner.as_bytes());
        repo.write(&format!("{at}.py"), format!("blob = \"{encoded}\"\n"));
    }
    assert_all_are_one(&repo, 6, "generic-password");
}

#[test]
fn an_assignment_in_utf_32_is_read_like_one_in_utf_16_by_a_rule_that_decodes() {
    let repo = Repo::plain();
    let rule = "parser = \"assignment\"\nkeywords = [\"passwort\"]\ndecode = true\n";
    repo.write("keydredge.toml", format!("[[rules]]\nid = \"own-word\"\ndescription = \"x\"\n{rule}"));
    let text = format!("db_passwort = \"{}\"\n", fake("{lower:9}{digits:3}!", 3));
    repo.write("plain.ini", &text);
    let utf16 = ["\u{feff}", &text].concat().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    repo.write("utf-16.ini", utf16);
    for mark in [true, false] {
        repo.write(&format!("le-{mark}.ini"), utf32(&text, u32::to_le_bytes, mark));
        repo.write(&format!("be-{mark}.ini"), utf32(&text, u32::to_be_bytes, mark));
    }
    assert_all_are_one(&repo, 6, "generic-password");
}

#[test]
fn a_secret_in_utf_32_is_found_wherever_it_is_looked_for() {
    let repo = Repo::new();
    let filler = "nothing to see here\n".repeat(50);
    let text = format!("{filler}key: {}\n{filler}", github_token(2));
    repo.write("a.txt", utf32(&filler, u32::to_le_bytes, true)).commit("a file");
    repo.write("a.txt", utf32(&text, u32::to_le_bytes, true)).stage();
    repo.run(&["staged"]).exits(1);
    repo.commit("a secret");
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    repo.run(&["history"]).exits(1);
    repo.run_with(".", &["scan", "-"], &[], &utf32(&text, u32::to_be_bytes, false)).exits(1);
}

/// Invisible characters, of each kind.
const INVISIBLE: &[char] = &[
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{2060}',
    '\u{feff}',
    '\u{ad}',
    '\u{fe0f}',
    '\u{180e}',
    '\u{202e}',
    '\u{2066}',
    '\u{200e}',
    '\u{61c}',
    '\u{34f}',
    '\u{2063}',
    '\u{e0041}',
    '\u{3164}',
];

#[test]
fn invisible_characters_hide_no_token_wherever_they_are() {
    let repo = Repo::plain();
    let token = github_token(4);
    repo.write("plain.txt", format!("token = {token}\n"));
    let mut files = 1;
    let mut write = |name: String, text: String| {
        repo.write(&name, text);
        files += 1;
    };
    for (number, &char) in INVISIBLE.iter().enumerate() {
        let with = |places: &[usize]| {
            let mut text = String::new();
            for (at, byte) in token.chars().enumerate() {
                if places.contains(&at) {
                    text.push(char);
                }
                text.push(byte);
            }
            text
        };
        write(format!("{number}-middle.txt"), format!("token = {}\n", with(&[20])));
        write(format!("{number}-start.txt"), format!("token = {}\n", with(&[0])));
        write(format!("{number}-keyword.txt"), format!("token = {}\n", with(&[2])));
        write(
            format!("{number}-often.txt"),
            format!("token = {}{char}\n", with(&[0, 1, 4, 7, 9, 13, 20, 33])),
        );
        let all: Vec<usize> = (0..token.len()).collect();
        write(format!("{number}-everywhere.txt"), with(&all));
    }
    let mixed: String =
        token.chars().zip(INVISIBLE.iter().cycle()).flat_map(|(one, &other)| [one, other]).collect();
    write("mixed.txt".to_owned(), format!("words before {mixed} and after\n"));
    assert_all_are_one(&repo, files, "github-pat-classic");
}

#[test]
fn invisible_characters_in_utf_16_hide_no_token_either() {
    let repo = Repo::plain();
    let token = github_token(5);
    let (head, tail) = token.split_at(20);
    repo.write("plain.txt", format!("token = {token}\n"));
    let hidden = format!("\u{feff}token = {head}\u{200b}\u{ad}{tail}\n");
    repo.write("le.txt", hidden.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    repo.write("be.txt", hidden.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    repo.write("wide.txt", utf32(&hidden, u32::to_le_bytes, false));
    assert_all_are_one(&repo, 4, "github-pat-classic");
}

#[test]
fn a_password_is_the_same_with_invisible_characters_in_it_or_in_its_name() {
    let repo = Repo::plain();
    let password = fake("{lower:9}{digits:3}!", 6);
    let (head, tail) = password.split_at(5);
    repo.write("a.ini", format!("db_password = \"{password}\"\n"));
    repo.write("b.ini", format!("db_password = \"{head}\u{200b}{tail}\"\n"));
    repo.write("c.ini", format!("db_pass\u{ad}word = \"{password}\"\n"));
    repo.write("d.ini", format!("\u{feff}db_pass\u{2060}word = \"\u{200d}{head}\u{200b}{tail}\"\n"));
    assert_all_are_one(&repo, 4, "generic-password");
}

#[test]
fn a_private_key_with_a_soft_hyphen_in_it_is_one() {
    let repo = Repo::plain();
    let key = fake("{pem:rsa}", 7);
    repo.write("a.pem", &key);
    let (head, tail) = key.split_at(key.len() / 2);
    repo.write("b.pem", format!("{head}\u{ad}{tail}"));
    repo.write("c.pem", key.replacen("BEGIN", "BE\u{200b}GIN", 1));
    assert_all_are_one(&repo, 3, "private-key-rsa");
}

#[test]
fn a_private_key_is_found_whatever_a_log_or_code_puts_around_its_lines() {
    type Write = fn(usize, &str) -> String;
    let forms: [(&str, Write); 10] = [
        ("a.pem", |_, line| format!("{line}\n")),
        ("actions.log", |at, line| format!("2024-01-02T03:04:05.{:07}Z {line}\n", at * 91)),
        ("app.log", |at, line| format!("2024-01-02T03:04:{:02}Z app[1]: {line}\n", at % 60)),
        ("compose.log", |_, line| format!("web_1  | {line}\n")),
        ("syslog", |at, line| format!("Jan  2 03:04:05 web-7 sshd[{}]: {line}\n", 900 + at)),
        ("level.log", |_, line| format!("[INFO] {line}\n")),
        ("build.log", |at, line| format!("#12 0.{:03} {line}\n", 345 + at)),
        ("A.java", |_, line| format!("    sb.append(\"{line}\\n\");\n")),
        ("a.js", |_, line| format!("keys.push('{line}');\n")),
        ("a.sh", |at, line| format!("echo '{line}' {} key\n", if at == 0 { ">" } else { ">>" })),
    ];
    for (template, rule) in [
        ("{pem:rsa}", "private-key-rsa"),
        ("{pem:ec}", "private-key-ec"),
        ("{pem:ed25519}", "private-key-pkcs8"),
        ("{openssh:ed25519}", "private-key-openssh"),
        ("{pem:pgp}", "private-key-pgp"),
    ] {
        let repo = Repo::plain();
        let key = fake(template, 7);
        for (name, write) in &forms {
            let text = key.lines().enumerate().map(|(at, line)| write(at, line)).collect::<String>();
            repo.write(name, text);
        }
        let encode = |text: &str| {
            text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").replace('\n', "%0A")
        };
        repo.write("form.txt", format!("name=web7&key={}&x=1\n", encode(&key).replace(' ', "+")));
        if template == "{pem:pgp}" {
            // The sum at its end is a part of it only where nothing else is on a line.
            assert!(reported(&repo).iter().all(|(_, own, _)| own == rule));
            assert_eq!(reported(&repo).len(), forms.len() + 1);
        } else {
            assert_all_are_one(&repo, forms.len() + 1, rule);
        }
        repo.run(&["scan"]).exits(1);
    }
}

#[test]
fn a_url_is_read_in_a_string_of_json_that_escapes_slashes_and_within_another_url() {
    let password = fake("{base62:14}", 3);
    let hook = fake("https://hooks.slack.com/services/T0{UPPERNUM:9}/B0{UPPERNUM:9}/{base62:24}", 4);
    for (url, rule) in [
        (format!("https://deploy:{password}@git.acme.net/x.git"), "url-credentials"),
        (format!("mysql://root:{password}@db1.acme.net/crm"), "url-credentials"),
        (hook, "slack-webhook-url"),
    ] {
        let repo = Repo::plain();
        let escaped = url.replace('/', r"\/");
        let quoted = url.replace('%', "%25").replace(':', "%3A").replace('/', "%2F").replace('@', "%40");
        repo.write("a.txt", format!("see {url} here\n"));
        repo.write("b.json", format!("{{\"a\":\"x\",\"u\":\"{escaped}\"}}\n"));
        repo.write("c.json", format!("{{\"text\":\"first line\\nsee {escaped} \\u00e9t\\u00e9\"}}\n"));
        repo.write("d.log", format!("GET /login?to={quoted}&x=1 HTTP/1.1\n"));
        let found = reported(&repo);
        let found: Vec<_> = found.iter().filter(|(_, own, _)| own.starts_with(rule)).collect();
        assert_eq!(found.len(), 4, "{rule}: {found:?}");
        assert!(found.iter().all(|(_, _, fingerprint)| *fingerprint == found[0].2), "{found:?}");
        repo.run(&["scan", "c.json"]).exits(1);
    }
}

#[test]
fn an_invisible_character_that_comes_or_goes_is_seen_in_a_history_and_in_a_change() {
    let repo = Repo::new();
    let token = github_token(8);
    let filler = "a line of text that stays\n".repeat(40);
    let (head, tail) = token.split_at(17);
    repo.write("a.txt", format!("{filler}{filler}")).commit("text");
    repo.write("a.txt", format!("{filler}x = {head}\u{200b}{tail}\n{filler}")).stage();
    repo.run(&["staged"]).exits(1);
    let brought = repo.commit("hidden");
    repo.write("a.txt", format!("{filler}x = {token}\n{filler}")).commit("plain");
    repo.write("a.txt", format!("{filler}{filler}")).commit("gone");
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    let outcome = repo.run_json(&["history"]).exits(1);
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["introduced"]["commit"], brought.as_str());
}

#[test]
fn zeros_in_a_text_and_false_marks_hide_no_assignment() {
    let repo = Repo::plain();
    let password = fake("{base62:22}", 5);
    let php = format!("$db_password = \"{password}\";\n");
    for (name, text) in [
        ("plain.php", format!("<?php\n{php}").into_bytes()),
        ("comment.php", format!("<?php /*\0*/\n{php}").into_bytes()),
        ("c.js", format!("const dbPassword = \"{password}\"; // \0\n").into_bytes()),
        (".env", format!("# \0\nDB_PASSWORD={password}\n").into_bytes()),
        ("environ", format!("HOME=/root\0LANG=C\0DB_PASSWORD={password}\0PATH=/usr/bin:/bin\0").into_bytes()),
        ("padded.env", [format!("DB_PASSWORD={password}\n").as_bytes(), &[0; 1000]].concat()),
        ("cut.log", [&[0; 4096], "all is well\n".repeat(2000).as_bytes(), php.as_bytes()].concat()),
        ("long_environ", {
            let others: String = (0..60).map(|at| format!("VAR{at}=value{at}\0")).collect();
            format!("{others}DB_PASSWORD={password}\0PATH=/bin\0").into_bytes()
        }),
        ("wide.env", {
            let wide =
                "\u{feff}HOST=db\r\nPORT=5432\r\nUSER=app\r\n".encode_utf16().flat_map(u16::to_le_bytes);
            wide.chain(format!("DB_PASSWORD={password}\r\n").into_bytes()).collect()
        }),
        ("pasted.py", format!("db_password =\u{a0}\"{password}\"\n").into_bytes()),
        ("le.php", [b"\xff\xfe<?php\n", php.as_bytes()].concat()),
        ("be.php", [b"\xfe\xff<?php\n", php.as_bytes()].concat()),
        ("log.txt", {
            let wide = format!("\r\ndb_password={password}\r\n");
            let first = "started in the usual way, all is well\n".repeat(4).into_bytes();
            first.into_iter().chain(wide.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }),
    ] {
        repo.write(name, text);
    }
    assert_all_are_one(&repo, 13, "generic-password");
    // What is no text is left to the rules for known forms.
    repo.write("program", [b"\x7fELF\x02\x01\x01", &[0; 90][..], php.as_bytes()].concat());
    assert_all_are_one(&repo, 13, "generic-password");
}

#[test]
fn every_header_of_a_commit_and_a_tag_is_read() {
    let token = github_token(1);
    let by = "a <a@b> 1700000000 +0000";
    let persons = format!("author {by}\ncommitter {by}");
    let headers = [
        format!(
            "{persons}\nmergetag object {{base}}\n type commit\n tag v1\n tagger a <a@b> 1 +0000\n \n for {token}"
        ),
        format!(
            "{persons}\ngpgsig -----BEGIN PGP SIGNATURE-----\n Comment: {token}\n \n iQEz\n -----END PGP SIGNATURE-----"
        ),
        format!("{persons}\nHG:extra note:{token}"),
        format!("{persons}\nauthor x <{token}@b> 1 +0000"),
        format!("{persons}\nencoding {token}"),
        format!("author {by}\n {token}\ncommitter {by}"),
        format!("author {by} {token}\ncommitter {by}"),
        format!("author {by}\ncommitter {by} {token}"),
    ];
    for header in headers {
        let repo = Repo::new();
        repo.write("a", "x");
        repo.commit("one");
        let base = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let tree = repo.git(&["rev-parse", "HEAD^{tree}"]).trim().to_owned();
        let header = header.replace("{base}", &base);
        let commit = format!("tree {tree}\nparent {base}\n{header}\n\nmessage\n");
        let file = repo.path().join(".git/new-commit");
        std::fs::write(&file, commit).expect("it can be written");
        let path = file.to_str().expect("a path in UTF-8");
        let id = repo.git(&["hash-object", "--literally", "-t", "commit", "-w", path]);
        repo.git(&["update-ref", "refs/heads/main", id.trim()]);
        repo.run(&["history"]).exits(1);
        repo.run(&["history", "--no-cache"]).exits(1);
        repo.run(&["diff", &format!("{base}..{}", id.trim())]).exits(1);
    }
    let tags = [
        format!("type commit\ntag v1\ntagger {by}\nnote {token}"),
        format!("type {token}\ntag v1\ntagger {by}"),
        format!("type commit\ntag v1\n {token}\ntagger {by}"),
        format!("type commit\ntag v1\ntagger {by} {token}"),
    ];
    for headers in tags {
        let repo = Repo::new();
        repo.write("a", "x");
        repo.commit("one");
        let base = repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let file = repo.path().join(".git/new-tag");
        std::fs::write(&file, format!("object {base}\n{headers}\n\nmessage\n")).expect("it can be written");
        let path = file.to_str().expect("a path in UTF-8");
        // git names none of those that are malformed by a ref; a history has them all the same.
        repo.git(&["hash-object", "--literally", "-t", "tag", "-w", path]);
        repo.run(&["history", "--no-cache"]).exits(1);
    }
}

#[test]
fn folded_lines_hide_no_token() {
    let token = github_token(1);
    let text = "for the machine room and all of its jobs we use the key ";
    let repo = Repo::plain();
    repo.write("plain.txt", format!("{text}{token}\n"));
    let forms = [
        ("a.ics", "BEGIN:VEVENT\r\nDESCRIPTION:", "\r\n ", "\r\nEND:VEVENT\r\n"),
        ("tab.ics", "BEGIN:VCALENDAR\r\nDESCRIPTION:", "\r\n\t", "\r\nEND:VCALENDAR\r\n"),
        ("a.vcf", "BEGIN:VCARD\nNOTE:", "\n ", "\nEND:VCARD\n"),
        ("a.ldif", "dn: cn=x\ndescription: ", "\n ", "\n"),
        ("b.ldif", "# extended LDIF\n#\n\ndn: cn=x\ndescription: ", "\n ", "\n"),
        ("MANIFEST.MF", "Manifest-Version: 1.0\r\nX: ", "\r\n ", "\r\n"),
    ];
    for (name, start, fold, end) in forms {
        for cut in [1, 4, 20, token.len() - 1] {
            let (first, last) = token.split_at(cut);
            repo.write(&format!("{cut}-{name}"), format!("{start}{text}{first}{fold}{last}{end}"));
        }
    }
    assert_all_are_one(&repo, 1 + 4 * forms.len(), "github-pat-classic");
    // In other files such a line is another one.
    let plain = Repo::plain();
    let (first, last) = token.split_at(20);
    plain.write("a.yaml", format!("text: {text}{first}\n {last}\n"));
    plain.run(&["scan"]).exits(0);
}

#[test]
fn a_line_break_in_base64_hides_no_private_key_and_no_name() {
    let key = fake("{pem:pkcs8}\n", 1);
    let password = format!("DB_PASSWORD={}\n", fake("{base62:20}", 2));
    for (secret, rule) in [(key, "private-key-pkcs8"), (password, "generic-password")] {
        for before in 24..60 {
            let repo = Repo::new();
            let text = format!("{}\n{secret}", "x".repeat(before));
            let encoded = data_encoding::BASE64.encode(text.as_bytes());
            let lines: Vec<&str> = encoded
                .as_bytes()
                .chunks(76)
                .map(|line| std::str::from_utf8(line).expect("it is ASCII"))
                .collect();
            repo.write("a.b64", lines.join("\n") + "\n");
            let found = repo.run_json(&["scan"]).exits(1).found();
            assert_eq!(found.len(), 1, "{before}: {found:?}");
            assert_eq!(found[0].0, rule, "{before}");
        }
    }
}

#[test]
fn what_a_fold_hides_is_seen_in_a_history_and_in_a_change() {
    let repo = Repo::new();
    let calendar =
        |note: &str| format!("BEGIN:VCALENDAR\r\n{}NOTE:{note}\r\nEND:VCALENDAR\r\n", "X:y\r\n".repeat(300));
    repo.write("a.ics", calendar("nothing"));
    let base = repo.commit("one");
    let (first, last) = (github_token(1)[..20].to_owned(), github_token(1)[20..].to_owned());
    repo.write("a.ics", calendar(&format!("{first}\r\n {last}")));
    repo.stage();
    repo.run(&["staged"]).exits(1);
    repo.commit("two");
    repo.write("a.ics", calendar(&format!("{first}\r\n {last}\r\nX:z")));
    repo.commit("three");
    repo.git(&["repack", "-adq"]);
    repo.run(&["diff", &base]).exits(1);
    let found = repo.run_json(&["history", "--no-cache"]).exits(1).found();
    assert_eq!(found.len(), 1);
}
