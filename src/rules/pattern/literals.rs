//! The texts that a pattern's matches contain: a pattern cut into runs that can be written out and pieces that cannot.

use super::{Extent, MAX_CLASS, MAX_STRING, MAX_STRINGS, MIN_KEYWORD};
use regex_syntax::hir::{Class, Hir, HirKind};

/// True if every match of the pattern of these `parts` contains at least one of `keywords`.
pub(super) fn covered(parts: &[Part<'_>], keywords: &[Vec<u8>]) -> bool {
    let holds_one = |string: &Vec<u8>| {
        let string = string.to_ascii_lowercase();
        keywords.iter().any(|keyword| contains(&string, &keyword.to_ascii_lowercase()))
    };
    let covered_in = |hir: &Hir| covered(&self::parts(hir), keywords);
    parts.iter().any(|part| match &part.what {
        What::Strings(strings) => strings.iter().all(holds_one),
        What::Other(inner) => match inner.kind() {
            HirKind::Capture(capture) => covered_in(&capture.sub),
            HirKind::Alternation(branches) => branches.iter().all(covered_in),
            HirKind::Repetition(repetition) => repetition.min > 0 && covered_in(&repetition.sub),
            HirKind::Concat(_) => covered_in(inner),
            HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => false,
        },
    })
}

/// Literals of which every match contains one: the set whose shortest is longest. Empty if there is none.
pub(super) fn required(hir: &Hir) -> Vec<Vec<u8>> {
    let mut best: Vec<Vec<u8>> = Vec::new();
    let weight = |set: &[Vec<u8>]| (set.iter().map(Vec::len).min().unwrap_or(0), usize::MAX - set.len());
    for part in parts(hir) {
        let mut set = match part.what {
            What::Strings(strings) => strings,
            What::Other(inner) => match inner.kind() {
                HirKind::Capture(capture) => required(&capture.sub),
                HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
                HirKind::Alternation(branches) => {
                    let sets: Vec<_> = branches.iter().map(required).collect();
                    if sets.iter().any(Vec::is_empty) { Vec::new() } else { sets.concat() }
                }
                HirKind::Concat(_) => required(inner),
                _ => Vec::new(),
            },
        };
        set.sort();
        set.dedup();
        if set.iter().all(|literal| literal.len() >= MIN_KEYWORD) && weight(&set) > weight(&best) {
            best = set;
        }
    }
    best
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    !word.is_empty() && text.windows(word.len()).any(|window| window == word)
}

/// A piece of a concatenation, and what its match contains before and after it.
pub(super) struct Part<'a> {
    pub(super) what: What<'a>,
    pub(super) before: Extent,
    pub(super) after: Extent,
}

/// What a piece matches.
pub(super) enum What<'a> {
    /// A run of neighbours that together match exactly these strings.
    Strings(Vec<Vec<u8>>),
    /// One that matches too much to write out.
    Other(&'a Hir),
}

/// Cuts a pattern into runs that can be written out and pieces that cannot.
pub(super) fn parts(hir: &Hir) -> Vec<Part<'_>> {
    let children: &[Hir] = match hir.kind() {
        HirKind::Concat(children) => children,
        _ => std::slice::from_ref(hir),
    };
    let extent = |children: &[Hir]| children.iter().map(Extent::of).fold(Extent::NONE, Extent::and);
    let mut parts = Vec::new();
    let mut at = 0;
    // The strings of the child at `at`, if it was too much for the run before.
    let mut left_over: Option<Vec<Vec<u8>>> = None;
    while at < children.len() {
        let start = at;
        let mut run: Option<Vec<Vec<u8>>> = None;
        while at < children.len() {
            let Some(strings) = left_over.take().or_else(|| strings(&children[at])) else { break };
            run = match &run {
                None => Some(strings),
                Some(left) => match product(left, &strings) {
                    Some(joined) => Some(joined),
                    None => {
                        left_over = Some(strings);
                        break;
                    }
                },
            };
            at += 1;
        }
        let what = match run {
            Some(run) => What::Strings(run),
            None => {
                at += 1;
                What::Other(&children[start])
            }
        };
        parts.push(Part { what, before: extent(&children[..start]), after: extent(&children[at..]) });
    }
    parts
}

/// All strings that `hir` matches, if they are few. Letters that may be in both cases are given in
/// lower case.
fn strings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => (literal.0.len() <= MAX_STRING).then(|| vec![literal.0.to_vec()]),
        HirKind::Class(class) => class_strings(class),
        HirKind::Capture(capture) => strings(&capture.sub),
        HirKind::Concat(children) => {
            children.iter().try_fold(vec![Vec::new()], |run, child| product(&run, &strings(child)?))
        }
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(strings(branch)?);
                if all.len() > MAX_STRINGS {
                    return None;
                }
            }
            Some(all)
        }
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|&max| max as usize <= MAX_STRING)?;
            let once = strings(&repetition.sub)?;
            // Checked before it is written out: most repetitions (`[0-9a-f]{32}`) are far too many.
            let written = |count| once.len().checked_pow(count);
            let all =
                (repetition.min..=max).try_fold(0_usize, |all, count| all.checked_add(written(count)?))?;
            if all > MAX_STRINGS {
                return None;
            }
            let mut power = vec![Vec::new()];
            let mut all = Vec::new();
            for count in 0..=max {
                if count >= repetition.min {
                    all.extend(power.iter().cloned());
                }
                if all.len() > MAX_STRINGS {
                    return None;
                }
                if count < max {
                    power = product(&power, &once)?;
                }
            }
            Some(all)
        }
    }
}

pub(super) fn class_strings(class: &Class) -> Option<Vec<Vec<u8>>> {
    let bytes = match class {
        Class::Bytes(class) => class.clone(),
        Class::Unicode(class) => class.to_byte_class()?,
    };
    let all: Vec<u8> = bytes.ranges().iter().flat_map(|range| range.start()..=range.end()).collect();
    let folded: Vec<u8> = all
        .iter()
        .copied()
        .filter(|byte| !(byte.is_ascii_uppercase() && all.contains(&byte.to_ascii_lowercase())))
        .collect();
    (folded.len() <= MAX_CLASS).then(|| folded.into_iter().map(|byte| vec![byte]).collect())
}

/// Each of `left` followed by each of `right`, if that is not too many.
fn product(left: &[Vec<u8>], right: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let longest = |set: &[Vec<u8>]| set.iter().map(Vec::len).max().unwrap_or(0);
    if left.len() * right.len() > MAX_STRINGS || longest(left) + longest(right) > MAX_STRING {
        return None;
    }
    Some(
        left.iter().flat_map(|start| right.iter().map(move |end| [start.as_slice(), end].concat())).collect(),
    )
}
