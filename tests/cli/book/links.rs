//! Links of the pages, without a network: the file is there, and so is the heading. `.ci/book/build` checks the same of
//! the built book.

use super::{pages, root, text_of};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Pages that are not in docs/.
const OTHERS: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "RELEASING.md",
    "SECURITY.md",
    "benches/RESULTS.md",
    "rules/README.md",
    "tests/cli/README.md",
];

#[test]
fn each_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut wrong = Vec::new();
    let mut number = 0;
    for page in OTHERS.iter().map(PathBuf::from).chain(pages()) {
        let folder = page.parent().expect("a page is in a folder");
        for target in targets(&text_of(&page)) {
            number += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { folder.join(path) };
            let is_there = root().join(&file).exists();
            let has_heading = || anchor.is_empty() || anchors(&text_of(&file)).contains(anchor);
            if !is_there || !has_heading() {
                wrong.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these links lead nowhere:\n{}", wrong.join("\n"));
    assert!(number > 60, "links are found: {number}");
}

#[test]
fn each_page_is_in_a_chapter_of_the_book() {
    let book = text_of(Path::new(".ci/book/mkdocs.yml"));
    let missing: Vec<String> = pages()
        .iter()
        .map(|page| page.file_name().expect("a page has a name").to_string_lossy().into_owned())
        .filter(|name| !book.lines().any(|line| line.trim_end().ends_with(&format!(": {name}"))))
        .collect();
    assert!(missing.is_empty(), "give them a line in `nav` of .ci/book/mkdocs.yml: {missing:?}");
}

/// Targets of links to this repository.
fn targets(text: &str) -> Vec<String> {
    let text = without_code(text);
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").expect("it is sound");
    let each = link.captures_iter(&text).map(|found| found[1].to_owned());
    each.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The text without blocks and spans of code.
fn without_code(text: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    // A link's text may be code; what looks like a link inside of code is none.
    let span = regex::Regex::new(r"`[^`\n]*\]\([^`\n]*`").expect("it is sound");
    span.replace_all(&prose, "").into_owned()
}

/// The anchors that a page's headings have: small letters, digits and hyphens, and hyphens for spaces.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        let Some(heading) = line.strip_prefix('#').filter(|_| !is_code) else { continue };
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept =
            heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        let anchor: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let again = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(again).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}
