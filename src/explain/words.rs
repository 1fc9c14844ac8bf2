//! The sentences: what stopped a value, as clauses without a stop that complete "not reported: …".

use super::{CaseStage, TextSpan};
use crate::findings::Disbelief;
use crate::model::{Candidate, Check, RuleInfo};
use crate::rules::{Matcher, Rule};
use crate::scan::rejection::{Dismissal, OtherKind, Rejection, Veto};
use crate::scan::trace::Lack;
use crate::scan::verdict;
use std::cmp::Ordering;

/// How many literals of a rule are named.
const NAMED: usize = 8;

/// The stage at which a rejection stops something, why, and what speaks for and against it.
pub(super) fn rejection(why: &Rejection) -> (CaseStage, String, Vec<String>) {
    let plain = |stage, text: &str| (stage, text.to_owned(), Vec::new());
    match why {
        Rejection::Dismissed(why) => plain(CaseStage::Literal, dismissal(*why)),
        Rejection::NoMatch => plain(CaseStage::Match, "its regex has no match here"),
        Rejection::NoValue => plain(CaseStage::Match, "no value is assigned here that could be read"),
        Rejection::Value(veto) => (CaseStage::Value, self::veto(*veto), Vec::new()),
        Rejection::Unlikely(features) => {
            let score = f64::from(verdict::probability(features).0) / 1000.0;
            let text = format!(
                "by its name and look it is a secret with probability {score:.2}, too little at any place"
            );
            (CaseStage::Judge, text, verdict::reasons_of(features))
        }
        Rejection::NotInText => plain(CaseStage::Match, "it decodes by chance: what is around it is no text"),
        Rejection::Alone => plain(CaseStage::Match, "a rule that this one requires has no match near"),
    }
}

fn dismissal(why: Dismissal) -> &'static str {
    match why {
        Dismissal::Incomplete => "only the first bytes of a literal are there",
        Dismissal::Misaligned => "the bytes are not the encoded form of a literal where they are",
        Dismissal::NoText => "the content is no text, in which alone this rule looks for values",
        Dismissal::NoStretch => "characters that every match contains are not near the literal",
        Dismissal::NoName => "the literal is a part of another word",
        Dismissal::About => "the name is about a secret, and not that of one",
        Dismissal::Shown => "the name is that of something public or encrypted",
        Dismissal::Pointer => "the name points at where a secret is kept",
        Dismissal::Unassigned => "no value is assigned to the name",
        Dismissal::Unannounced => "the literal is not used as what the rule looks for",
        Dismissal::OtherContext => "the name is used for something else here",
    }
}

fn veto(veto: Veto) -> String {
    let text = match veto {
        Veto::Empty => "the value is empty",
        Veto::Short => "the value is shorter than any secret",
        Veto::Entropy { has, least } => {
            return format!(
                "the value is too regular: its entropy is {has:.2} bits a byte, and the rule asks for {least:.2}"
            );
        }
        Veto::Published => "the value is a published example",
        Veto::Placeholder => "the value is a placeholder",
        Veto::Control => "the value contains control characters",
        Veto::Code => "the value is code: a call, a member, an expression",
        Veto::Reference => {
            "the value refers to a secret that is elsewhere (a variable, a template, a manager), or is encrypted"
        }
        Veto::Other(OtherKind::Word) => "the value is a type, a state or a protocol",
        Veto::Other(OtherKind::Markup) => "the value is markup that was escaped twice",
        Veto::Other(OtherKind::Url) => "the value is a URL; a password in it is found by a rule of its own",
        Veto::Other(OtherKind::Path) => "the value is the path of a file",
        Veto::Other(OtherKind::Address) => "the value is an e-mail address",
        Veto::Other(OtherKind::Number) => "the value is a number, a date, a version or a colour",
        Veto::Other(OtherKind::Pattern) => "the value is a regex or a glob",
        Veto::Other(OtherKind::Host) => "the value is the name of a host",
        Veto::Other(OtherKind::Sentence) => "the value is a sentence or an expression",
        Veto::Other(OtherKind::Technical) => {
            "the value is technical: an algorithm, a permission, a constant, a message, an identifier"
        }
        Veto::OwnName => "the value repeats its name",
        Veto::Word => "the value is a word for a password",
        Veto::Prose => "the value is a word or several words of a sentence",
        Veto::Scheme => {
            "the value begins with a scheme, after which a literal of its own announces the credentials"
        }
        Veto::KeyId => "the value is the public id of a key",
        Veto::OfName => "such a name has values of this kind that are no secrets",
        Veto::EncodedLine => "the value is a piece of a line that encodes something else",
        Veto::SpentCookie => "the value is a cookie that is taken back",
        Veto::Encoding => "the value is not the base64 of a line of text that it is declared to be",
    };
    text.to_owned()
}

/// How near a regex came: `fits` is what fits it, and `beside` are the bytes before and after that.
pub(super) fn nearness(lacks: Lack, fits: &TextSpan, beside: [Option<u8>; 2]) -> String {
    let len = fits.end - fits.start;
    let bytes = if len == 1 { "1 byte fits".to_owned() } else { format!("{len} bytes fit") };
    let [before, after] = beside.map(byte);
    match lacks {
        Lack::More => format!(
            "its regex has no match: {bytes} it ({fits}), and then comes {after}, where it needs something else"
        ),
        Lack::Boundary => {
            format!("its regex fits ({fits}), but not with {before} before it and {after} after it")
        }
        Lack::Reach => {
            format!("its regex fits ({fits}), but reaches further from the literal than the rule looks")
        }
    }
}

/// A byte by its kind: a letter or digit may be a secret's.
fn byte(byte: Option<u8>) -> String {
    match byte {
        None => "nothing".to_owned(),
        Some(b'\n' | b'\r') => "the end of the line".to_owned(),
        Some(b'\t' | b' ') => "a blank".to_owned(),
        Some(b) if b.is_ascii_digit() => "a digit".to_owned(),
        Some(b) if b.is_ascii_lowercase() => "a small letter".to_owned(),
        Some(b) if b.is_ascii_uppercase() => "a capital".to_owned(),
        Some(b) if b.is_ascii_graphic() => format!("`{}`", char::from(b)),
        Some(b) => format!("the byte {b:#04x}"),
    }
}

/// How long a rule's pattern for paths may be to be part of a sentence, characters.
const LONGEST_PATH: usize = 80;

/// Why a candidate is not believed at its place.
pub(super) fn disbelief(why: Disbelief, candidate: &Candidate, rule: &RuleInfo) -> (CaseStage, String) {
    let (stage, text) = match (why, &rule.path) {
        (Disbelief::Part, _) => (CaseStage::Part, PART),
        (Disbelief::Refuted, _) => (CaseStage::Check, REFUTED),
        (Disbelief::Path, Some(path)) if path.to_string().len() > LONGEST_PATH => {
            let show = format!("keydredge rules show {}", rule.id);
            return (CaseStage::Place, format!("the rule is for files of certain names only ({show})"));
        }
        (Disbelief::Path, Some(path)) => {
            return (CaseStage::Place, format!("the rule is for files whose path matches `{path}` only"));
        }
        (Disbelief::Path, None) => (CaseStage::Place, "the rule is for other files only"),
        (Disbelief::Code, _) if candidate.identifier.is_some() => (
            CaseStage::Place,
            "it is not in quotes, and in this kind of file that is an expression and no value",
        ),
        (Disbelief::Code, _) => (CaseStage::Place, "it is an expression in this kind of file"),
    };
    (stage, text.to_owned())
}

/// Said of what belongs to another rule's finding.
pub(super) const PART: &str = "it is no finding by itself: it completes or shows whose another secret is";

/// Said of what a check refutes.
pub(super) const REFUTED: &str = "its checksum or structure does not hold, and that of every real one does: a mistyped, cut or made-up value";

/// Why a candidate lost its bytes to another.
pub(super) fn lost(
    candidate: &Candidate,
    rule: &RuleInfo,
    winner: &Candidate,
    winning: &RuleInfo,
    is_refuted: bool,
) -> String {
    let why = if is_refuted {
        "whose check refutes them"
    } else if winning.part {
        "as a part of what it finds"
    } else if winner.check == Check::Holds && candidate.check != Check::Holds {
        "whose check holds"
    } else if rule.generic && !winning.generic {
        "which knows the format"
    } else {
        match winner.secret.len().cmp(&candidate.secret.len()) {
            Ordering::Greater => "whose value is longer",
            _ if winner.score > candidate.score => "which is surer of them",
            _ => "which comes first among equals",
        }
    };
    format!("its bytes are those of `{}`, {why}", winning.id)
}

/// Why a single rule that was asked about says nothing.
pub(super) fn absent(rule: &Rule, line: Option<u64>) -> String {
    let place = if line.is_some() { "on this line" } else { "here" };
    let quoted = |words: &[String]| {
        let named: Vec<String> = words.iter().take(NAMED).map(|word| format!("`{word}`")).collect();
        let more = words.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", named.join(", "))
    };
    let literals: Vec<String> =
        rule.keywords.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    match &rule.matcher {
        Matcher::Pattern { .. } | Matcher::Assignment | Matcher::Structure(_) => match literals.len() {
            1 => format!("its literal is not {place}: {}", quoted(&literals)),
            _ => format!("none of its literals is {place}: {}", quoted(&literals)),
        },
        Matcher::Lines { .. } => {
            let path = rule.info.path.as_deref().unwrap_or_default();
            format!(
                "it has no literal: it reads files that consist of lines of one kind and whose path matches `{path}`, and this \
                 is none, or has no such secret {place}"
            )
        }
        Matcher::Whole(text) if text.keywords.is_empty() => format!("its regex has no match {place}"),
        Matcher::Whole(text) => {
            format!("it finds nothing {place}; it needs one of {}", quoted(&text.keywords))
        }
        Matcher::Named => {
            let named = rule.info.named.iter().flat_map(|named| &named.names);
            let names: Vec<String> = named.map(ToString::to_string).collect();
            format!("no value of its shape is assigned {place} to a name with one of {}", quoted(&names))
        }
        Matcher::FileName => {
            let path = rule.info.path.as_deref().unwrap_or_default();
            format!("it is about the names of files, and this one does not match `{path}`")
        }
        Matcher::Known { .. } => format!("no value of the index is {place}"),
    }
}
