//! Allow comments of ours that are about a part of a file, and those that cover nothing.
//!
//! ```text
//! # keydredge:allow-file generic-password -- made up for the docs      (in the first 20 lines)
//! # keydredge:allow-begin -- test vectors
//! …
//! # keydredge:allow-end
//! ```
//!
//! # Design
//!
//! Such a comment is alone on its line: text that only speaks of it covers nothing. A part that does not end covers
//! nothing at all, and the report says so: a mistake must not silence the rest of a file. Parts may be inside each
//! other; an end closes the innermost one. A comment in the lines of the secret itself does not count.

use super::super::Problem;
use super::terms;
use crate::model::{Location, Suppression};
use memchr::memmem;
use std::sync::Arc;

/// What all of them begin with.
const WORDS: &[u8] = b"keydredge:allow";

/// The words of a comment about a file.
pub const FILE_WORDS: &str = "keydredge:allow-file";

/// The words of a comment about a part of one.
pub const PART_WORDS: &str = "keydredge:allow-begin";

/// In how many lines at the start of a file `allow-file` counts.
const HEAD: u64 = 20;

/// The most comments of a file that are looked at.
const MOST: usize = 2_000;

/// An allow comment of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Its line, 1-based.
    pub line: u64,
    /// What it is about.
    pub kind: MarkerKind,
    /// The rules that it names; none is all.
    pub rules: Vec<String>,
    /// The reason that it gives.
    pub reason: Option<String>,
    /// True if it is where only a comment is. What speaks of it in a text or a string is not.
    pub is_plain: bool,
}

/// What an allow comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerKind {
    /// Its line.
    Line,
    /// The next line.
    NextLine,
    /// The whole file.
    File,
    /// The lines from here to an end.
    Begin,
    /// An end.
    End,
}

/// A comment that covers a part of a file in which a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionAllow {
    /// The comment's words.
    pub words: &'static str,
    /// The rules that it names; none is all.
    pub rules: Vec<String>,
    /// The reason that it gives.
    pub reason: Option<String>,
}

impl MarkerKind {
    const ALL: [(&'static str, Self); 5] = [
        ("keydredge:allow-next-line", Self::NextLine),
        (FILE_WORDS, Self::File),
        (PART_WORDS, Self::Begin),
        ("keydredge:allow-end", Self::End),
        ("keydredge:allow", Self::Line),
    ];

    fn words(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(words, _)| words)
    }
}

/// The comments in a text whose first line is `first`. `is_start` is true if the text begins at the start of that line.
pub fn markers(text: &[u8], first: u64, is_start: bool) -> Vec<Marker> {
    let (mut found, mut line, mut counted) = (Vec::new(), first, 0);
    for at in memmem::find_iter(text, WORDS).take(MOST) {
        line += memchr::memchr_iter(b'\n', &text[counted..at]).count() as u64;
        counted = at;
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
        let (before, rest) = (&text[start..at], &text[at..end]);
        let known = MarkerKind::ALL.iter().find(|(words, _)| {
            rest.starts_with(words.as_bytes())
                && !rest.get(words.len()).is_some_and(|byte| super::is_word(*byte))
        });
        let Some((words, kind)) = known else { continue };
        if before.last().is_some_and(|byte| super::is_word(*byte)) || start == 0 && !is_start {
            continue;
        }
        let is_region = matches!(kind, MarkerKind::File | MarkerKind::Begin | MarkerKind::End);
        if is_region && !is_alone(before) {
            continue;
        }
        let (rules, reason) = terms(&rest[words.len()..]);
        found.push(Marker { line, kind: *kind, rules, reason, is_plain: is_region || is_comment(before) });
    }
    found
}

/// True if nothing but the sign of a comment is before the words, or the key of a comment in JSON.
fn is_alone(before: &[u8]) -> bool {
    let before = before.trim_ascii();
    // What is after another sign is an example in documentation.
    let is_one = !before.iter().any(u8::is_ascii_whitespace);
    let is_sign =
        |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'`' | b'"' | b'\'') && byte.is_ascii();
    let is_key = || {
        let text = std::str::from_utf8(before).unwrap_or_default();
        let key = text.strip_suffix('"').map(str::trim_end).and_then(|text| text.strip_suffix(':'));
        let key = key.map(|key| key.trim().trim_start_matches(['{', ' ', ',']));
        matches!(
            key,
            Some("\"//\"" | "\"#\"" | "\"_comment\"" | "\"comment\"" | "\"$comment\"" | "\"__comment\"")
        )
    };
    let is_word = ["rem", "REM", "dnl"].iter().any(|word| before == word.as_bytes());
    is_one && before.iter().all(is_sign) || is_word || is_key()
}

/// True if the words seem to be in a comment, and not in a text or a string that speaks of them.
fn is_comment(before: &[u8]) -> bool {
    let signs: [&[u8]; 8] = [b"#", b"//", b"/*", b"<!--", b"--", b";", b"%", b"{{"];
    let start = signs.iter().filter_map(|sign| memmem::find(before, sign)).min();
    let is_star = before.trim_ascii_start().starts_with(b"*");
    let quotes = |quote: u8| memchr::memchr_iter(quote, before).count();
    let is_in_string = [b'"', b'`', b'\''].iter().any(|quote| quotes(*quote) % 2 == 1);
    let is_in_string = is_in_string || memmem::find(before, b"\\\"").is_some();
    // A comment that has something before these words speaks of them, or is an example in documentation.
    let trimmed = before.trim_ascii();
    let is_comment_alone = is_star || signs.iter().any(|sign| trimmed.starts_with(sign));
    let is_after_text = is_comment_alone && trimmed.iter().any(u8::is_ascii_whitespace);
    (start.is_some() || is_star) && !is_in_string && !is_after_text
}

/// The lines of a comment that is about a part: its own, and the first and last that it covers.
struct Region<'m> {
    marker: &'m Marker,
    from: u64,
    to: u64,
}

/// The parts that comments cover.
fn regions(markers: &[Marker]) -> Vec<Region<'_>> {
    let (mut regions, mut open) = (Vec::new(), Vec::new());
    for marker in markers {
        match marker.kind {
            MarkerKind::File if marker.line <= HEAD => regions.push(Region { marker, from: 1, to: u64::MAX }),
            MarkerKind::Begin => open.push(marker),
            MarkerKind::End => {
                if let Some(begin) = open.pop() {
                    regions.push(Region { marker: begin, from: begin.line, to: marker.line });
                }
            }
            MarkerKind::File | MarkerKind::Line | MarkerKind::NextLine => {}
        }
    }
    regions
}

/// The comments that cover the part of the file in which a secret is.
pub fn at(markers: &[Marker], location: &Location) -> Vec<RegionAllow> {
    if markers.is_empty() {
        return Vec::new();
    }
    let lines = location.line..=location.end_line;
    let mut around = regions(markers);
    around.retain(|region| {
        let is_around = region.from <= location.line && location.end_line <= region.to;
        is_around
            && !lines.contains(&region.marker.line)
            && !(region.to != u64::MAX && lines.contains(&region.to))
    });
    let allow = |region: Region<'_>| RegionAllow {
        words: region.marker.kind.words(),
        rules: region.marker.rules.clone(),
        reason: region.marker.reason.clone(),
    };
    around.into_iter().map(allow).collect()
}

/// What covers a secret of the rule `rule` among these.
pub(in super::super) fn cover(allows: &[RegionAllow], rule: &str) -> Option<Suppression> {
    let names_it = |allow: &&RegionAllow| allow.rules.is_empty() || allow.rules.iter().any(|one| one == rule);
    allows.iter().find(names_it).map(|allow| Suppression::AllowComment {
        words: allow.words.to_owned(),
        reason: allow.reason.clone(),
        is_new: false,
    })
}

/// Comments of a file that have no meaning as they are.
pub(in super::super) fn faults(path: &str, markers: &[Marker]) -> Vec<Problem> {
    let mut faults = Vec::new();
    let mut fault = |line: u64, sentence: &str| {
        faults.push(Problem { file: path.to_owned(), line, sentence: sentence.to_owned() });
    };
    let mut open = Vec::new();
    for marker in markers {
        match marker.kind {
            MarkerKind::Begin => open.push(marker.line),
            MarkerKind::End if open.pop().is_none() => {
                fault(
                    marker.line,
                    "`keydredge:allow-end` ends nothing: no `keydredge:allow-begin` is before it.",
                );
            }
            MarkerKind::File if marker.line > HEAD => {
                fault(
                    marker.line,
                    "`keydredge:allow-file` covers nothing: it has to be in the first 20 lines.",
                );
            }
            _ => {}
        }
    }
    if markers.len() >= MOST {
        let line = markers.last().map_or(1, |marker| marker.line);
        fault(
            line,
            "More allow comments come after this one than are looked at: those about a part do not count.",
        );
    }
    for line in open {
        fault(line, "`keydredge:allow-begin` covers nothing: no `keydredge:allow-end` is after it.");
    }
    faults
}

/// The comments of files, to find those that cover nothing.
pub type FileMarkers = (Arc<str>, Arc<[Marker]>);

/// Marks the comments of a file that cover a secret of `rule` at `location`.
pub(in super::super) fn mark_used(markers: &[Marker], used: &mut [bool], location: &Location, rule: &str) {
    let names_it = |marker: &Marker| marker.rules.is_empty() || marker.rules.iter().any(|one| one == rule);
    let parts = regions(markers);
    for (marker, used) in markers.iter().zip(used).filter(|(marker, used)| !**used && names_it(marker)) {
        *used = match marker.kind {
            MarkerKind::Line => (location.line..=location.end_line).contains(&marker.line),
            MarkerKind::NextLine => marker.line + 1 == location.line,
            MarkerKind::File | MarkerKind::Begin => parts.iter().any(|region| {
                std::ptr::eq(region.marker, marker)
                    && region.from <= location.line
                    && location.end_line <= region.to
            }),
            MarkerKind::End => false,
        };
    }
}

/// The comments that were not marked.
pub(in super::super) fn unused(path: &str, markers: &[Marker], used: &[bool]) -> Vec<Problem> {
    // Documentation speaks of comments.
    let is_text =
        [".md", ".markdown", ".rst", ".adoc", ".txt", ".html"].iter().any(|end| path.ends_with(end));
    let parts = regions(markers);
    let is_told = |marker: &Marker| match marker.kind {
        MarkerKind::Line | MarkerKind::NextLine => marker.is_plain && !is_text,
        // Those without a part are faults.
        MarkerKind::File | MarkerKind::Begin => {
            parts.iter().any(|region| std::ptr::eq(region.marker, marker))
        }
        MarkerKind::End => false,
    };
    let unused = markers.iter().zip(used).filter(|(marker, used)| !**used && is_told(marker));
    let problem = |(marker, _): (&Marker, &bool)| Problem {
        file: path.to_owned(),
        line: marker.line,
        sentence: format!("`{}` covers nothing; it can go.", marker.kind.words()),
    };
    unused.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, MarkerKind, bool)> {
        markers(text.as_bytes(), 1, true).into_iter().map(|one| (one.line, one.kind, one.is_plain)).collect()
    }

    fn location(line: u64) -> Location {
        Location { line, end_line: line, ..Location::of(crate::model::Span::new(0, 0), b"") }
    }

    #[test]
    fn comments_are_found_where_only_a_comment_is() {
        use MarkerKind::{Begin, End, File, Line, NextLine};
        type Told = (u64, MarkerKind, bool);
        let table: [(&str, &[Told]); 15] = [
            ("# keydredge:allow-file\n", &[(1, File, true)]),
            (
                "\n  <!-- keydredge:allow-begin a-b -- why -->\nx\n//keydredge:allow-end",
                &[(2, Begin, true), (4, End, true)],
            ),
            ("{\n \"_comment\": \"keydredge:allow-file\",\n", &[(2, File, true)]),
            ("REM keydredge:allow-file", &[(1, File, true)]),
            ("write `keydredge:allow-file`", &[]),
            ("x = \"keydredge:allow-file\"", &[]),
            ("x = 1 # keydredge:allow-begin", &[]),
            ("x = 1 # keydredge:allow\n# keydredge:allow-next-line", &[(1, Line, true), (2, NextLine, true)]),
            ("say 'keydredge:allow' # so", &[(1, Line, false)]),
            ("\"# keydredge:allow\"", &[(1, Line, false)]),
            ("# keydredge:allowed keydredge:allow-files xkeydredge:allow", &[]),
            ("# keydredge:allow-filename", &[]),
            ("//! # keydredge:allow-file", &[]),
            ("//! x  # keydredge:allow", &[(1, Line, false)]),
            ("f(\"let x = \\\"# keydredge:allow", &[(1, Line, false)]),
        ];
        for (text, wanted) in table {
            assert_eq!(lines(text), wanted, "{text}");
        }
        assert_eq!(markers(b"x keydredge:allow", 3, false), []);
    }

    #[test]
    fn a_part_covers_its_lines_and_one_without_an_end_covers_none() {
        let text = "a\n# keydredge:allow-begin\nb\n# keydredge:allow-begin x-y\nc\n# keydredge:allow-end\nd\n# keydredge:allow-end\ne\n# keydredge:allow-begin\nf\n";
        let markers = markers(text.as_bytes(), 1, true);
        let covers = |line, rule| cover(&at(&markers, &location(line)), rule).is_some();
        let table = [
            (1, "x-y", false),
            (3, "x-y", true),
            (5, "a-b", true),
            (7, "a-b", true),
            (9, "a-b", false),
            (11, "a-b", false),
        ];
        for (line, rule, wanted) in table {
            assert_eq!(covers(line, rule), wanted, "{line}");
        }
        let faults = faults("f", &markers);
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [10]);
        let only = super::markers(b"# keydredge:allow-begin x-y\nc\n# keydredge:allow-end\n", 1, true);
        let of = |rule| cover(&at(&only, &location(2)), rule).is_some();
        assert!(of("x-y") && !of("a-b"));
    }

    #[test]
    fn the_comment_of_a_file_is_at_its_head() {
        let text = |line: usize| format!("{}# keydredge:allow-file -- why\nx\n", "\n".repeat(line - 1));
        for (line, wanted) in [(1, true), (20, true), (21, false)] {
            let markers = markers(text(line).as_bytes(), 1, true);
            assert_eq!(!at(&markers, &location(40)).is_empty(), wanted, "{line}");
            assert_eq!(faults("f", &markers).is_empty(), wanted, "{line}");
        }
    }
}
