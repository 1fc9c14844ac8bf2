//! The page as a reader and an attacker see it.

use super::*;
use crate::report::{Format, Saved, Style, read_saved, write as write_report};
use serde_json::{Value, json};

const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// A finding of a history, as JSON, whose texts are `text`.
fn finding(number: u64, text: &str) -> Value {
    let commit = |day: u64| {
        json!({ "commit": format!("{:040x}", number * 1000 + day), "author": text, "email": text,
                "date": format!("2020-{:02}-03T10:00:00+02:00", day % 12 + 1) })
    };
    let by = if number % 4 == 3 { json!(format!("ignore entry: {text}")) } else { Value::Null };
    let removed = if number.is_multiple_of(2) { Value::Null } else { commit(number % 9 + 1) };
    json!({
        "fingerprint": format!("{number:016x}"), "rule": "some-token", "description": format!("token {text}"),
        "provider": null, "severity": LEVELS[number as usize % 5],
        "confidence": "high", "score": 0.96, "secret": "SECRETTEXT…(40 bytes)", "identifier": text,
        "reasons": [text], "checks": [], "suppressed_by": by,
        "occurrences": [{
            "kind": "commit", "path": format!("app/{text}/{number}.env"), "blob": format!("{number:040x}"), "line": 3, "column": 1,
            "end_line": 3, "end_column": 9, "start": 30, "end": 38, "decoded_by": [],
            "commit": format!("{:040x}", number), "author": text, "email": text, "date": "2020-02-03T10:00:00+02:00",
            "reachable": true, "live": number.is_multiple_of(2), "removed_in": null, "suppressed_by": null
        }],
        "introduced": commit(number % 9), "removed": removed,
        "live": number.is_multiple_of(2), "refs": [text], "remediation": [text]
    })
}

fn saved(findings: &[Value], text: &str) -> Saved {
    let tally = json!([{ "reason": text, "count": 2, "examples": [text] }]);
    let document = json!({
        "schema": "keydredge/1",
        "summary": {
            "command": "history", "findings": findings.len(), "complete": false, "seconds": 1.5, "rules": 9, "refuted": 1,
            "coverage": { "in_scope": 14, "scanned": 10, "excluded": tally, "unread": tally,
                "objects": { "blob": 1, "tree": 2, "commit": 3, "tag": 4 }, "bytes": 5, "cached": 0, "notes": [text] },
            "settings": { "files": [{ "role": "configuration", "path": text, "origin": text, "sha256": text }],
                "skipped": [{ "rule": text, "by": text }], "overridden": [], "proposed": [] },
            "notes": [text], "version": "0.1.0"
        },
        "findings": findings
    });
    let text = serde_json::to_string_pretty(&document).expect("it is JSON");
    read_saved(&text, &|_| None).expect("it is a report")
}

fn page(saved: &Saved, since: Option<&Saved>) -> String {
    let report = Report {
        findings: &saved.findings,
        summary: &saved.summary,
        notes: &saved.notes,
        show_secrets: true,
        since: since.map(|older| older.findings.as_slice()),
        names_all_refs: true,
    };
    let mut out = Vec::new();
    write_report(Format::Html, &report, Style::default(), &mut out).expect("a vector takes all");
    String::from_utf8(out).expect("a page is UTF-8")
}

#[test]
fn no_text_from_outside_ends_an_element_or_an_attribute_or_deceives() {
    let hostile = "</script><script>alert(1)</script>\"' onx=1 <img src=x>&amp;\u{202e}\u{7}\u{0}`--><style>";
    let page =
        page(&saved(&(0..12).map(|number| finding(number, hostile)).collect::<Vec<_>>(), hostile), None);
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("</script>").count(), 1);
    assert_eq!(page.matches("<style>").count(), 1);
    assert!(!page.contains("<img") && !page.contains("\" onx") && !page.contains("' onx"));
    assert!(!page.contains(['\u{202e}', '\u{7}', '\u{0}']));
    assert!(page.contains("\\u{202e}") && page.contains("&lt;/script&gt;"));
    assert!(
        !page.contains(" style=")
            && !page.contains("javascript:")
            && !page.contains("http://")
            && !page.contains("https://")
    );
}

#[test]
fn no_secret_is_in_the_page_whatever_the_flags_say() {
    let page = page(&saved(&[finding(1, "x")], "x"), None);
    assert!(!page.contains("SECRETTEXT"));
}

#[test]
fn the_policy_names_the_style_and_the_script_that_are_there() {
    let page = page(&saved(&[], "x"), None);
    for (begin, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let inside = page.split(begin).nth(1).and_then(|rest| rest.split(end).next()).expect("it is there");
        let hash = BASE64.encode(&Sha256::digest(inside.as_bytes()));
        assert!(page.contains(&format!("'sha256-{hash}'")), "{begin}");
    }
}

#[test]
fn what_is_incomplete_comes_first_and_live_secrets_before_gone_ones() {
    let page = page(&saved(&(0..8).map(|number| finding(number, "x")).collect::<Vec<_>>(), "y"), None);
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what} is not in the page"));
    assert!(at("Incomplete: 2 items could not be read") < at("What to do first"));
    let order = [
        "id=\"receipt\"",
        "id=\"first\"",
        "id=\"secrets\"",
        "id=\"folders\"",
        "id=\"owners\"",
        "id=\"suppressed\"",
        "id=\"rules\"",
    ];
    assert!(order.map(at).is_sorted());
    let rows = page.split("id=\"rows\"").nth(1).expect("there are rows");
    let first = rows.split("data-state=\"").nth(1).expect("there is a row");
    assert!(first.starts_with("open live"), "{first:.40}");
    assert!(rows.contains("aria-label=\"introduced 2020-") && rows.contains("still there"));
}

#[test]
fn a_large_page_is_short_about_what_is_less_urgent() {
    let page = page(&saved(&(0..1_100).map(|number| finding(number, "x")).collect::<Vec<_>>(), "x"), None);
    assert_eq!(page.matches("<details>").count(), 1_000);
    assert_eq!(page.matches("<li id=\"f-").count(), 1_100);
    assert_eq!(page.matches("<ol class=\"secrets\">").count(), 22);
    for element in ["div", "ol", "li"] {
        let begins = page.matches(&format!("<{element}")).count();
        // `<link` is none.
        let begins = begins - page.matches(&format!("<{element}n")).count();
        assert_eq!(begins, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

#[test]
fn two_reports_show_what_is_new_and_what_is_gone() {
    let older = saved(&[finding(1, "a"), finding(2, "b")], "x");
    let newer = saved(&[finding(2, "b"), finding(4, "c"), finding(6, "d")], "x");
    let page = page(&newer, Some(&older));
    assert!(page.contains("2 new, 1 no longer found, 1 as before"));
    assert!(page.contains("data-state=\"open live new\"") && page.contains("<code>0000000000000001</code>"));
}
