//! Secrets in names: of files and folders, refs and authors.
//!
//! A name is no text with assignments, so only rules with a fixed form count: `password=x` in a path is ignored, a
//! token is a leak. Rules of gitleaks do not look at names.

use super::scratches::Scratches;
use crate::findings::settle;
use crate::model::{Candidate, Context, Form, Found, Kind, Location, Names, Piece, RuleInfo, display_path};
use crate::scan::Cut;
use std::sync::Arc;
use std::time::Duration;

/// A secret in a name.
#[derive(Debug)]
pub(crate) struct InName<'n> {
    /// The name.
    pub(crate) whole: &'n [u8],
    /// The name as it is shown, up to the end of the component in which the secret ends: of `a/token/b/c`, `a/token`.
    /// So a secret in a folder's name is one secret, not one for each file in the folder.
    pub(crate) shown: String,
    /// What was found, at its place in the name as it is shown.
    pub(crate) found: Found,
}

impl InName<'_> {
    /// Where in the name the secret is.
    pub(crate) fn location(&self) -> Location {
        location(&self.found, &self.shown)
    }
}

/// The location of a candidate in a name as it is shown: always line 1.
pub(crate) fn location(found: &Found, shown: &str) -> Location {
    let line = shown.replace('\n', " ");
    Location::of(found.secret_span(), line.as_bytes())
}

/// The secrets in the names of `text` (see [`Names`]), which are of this kind, and why some names were not scanned, if
/// any.
pub(crate) fn secrets<'n>(
    scratches: &Scratches<'_>,
    infos: &[Arc<RuleInfo>],
    kind: Kind,
    text: &'n [u8],
) -> (Vec<InName<'n>>, Option<Cut>) {
    let (mut secrets, cut) = within(scratches, infos, text);
    if kind == Kind::Path {
        scratches.lend(|scanner, _| {
            let files = Names::split(text).flat_map(|(_, whole)| {
                let found = scanner.of_name(whole);
                found.into_iter().map(move |found| InName { whole, shown: display_path(whole), found })
            });
            secrets.extend(files);
        });
    }
    (secrets, cut)
}

fn within<'n>(
    scratches: &Scratches<'_>,
    infos: &[Arc<RuleInfo>],
    text: &'n [u8],
) -> (Vec<InName<'n>>, Option<Cut>) {
    let mut cut = None;
    let mut scan = |text: &[u8]| {
        let (mut found, ended) = scratches.lend(|scanner, scratch| {
            scratch.go_on(Duration::ZERO);
            (scanner.scan(&Piece::whole(text), scratch), scratch.cut())
        });
        cut = cut.or(ended);
        found.retain(|one| has_fixed_form(&one.candidate, infos));
        found
    };
    let suspects = scan(text);
    if suspects.is_empty() {
        return (Vec::new(), cut);
    }
    let mut suspects = suspects.iter().map(Found::span).peekable();
    let mut secrets = Vec::new();
    for (at, name) in Names::split(text) {
        while suspects.next_if(|span| span.end <= at).is_some() {}
        if suspects.peek().is_none_or(|span| span.start >= at + name.len()) {
            continue;
        }
        for mut found in settle(scan(name), infos).found {
            // Its context is the name itself, which cannot have an allow comment.
            let alone = Candidate { context: Context::default(), ..(*found.candidate).clone() };
            found.candidate = Arc::new(alone);
            let span = found.secret_span();
            let rest = name.get(span.end..).unwrap_or_default();
            let slash = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
            let shown = display_path(&name[..name.len() - rest.len() + slash]);
            // Bytes that are no UTF-8 are shown as four characters each.
            found.start += display_path(&name[..span.start.min(name.len())]).len() - span.start;
            secrets.push(InName { whole: name, shown, found });
        }
    }
    (secrets, cut)
}

fn has_fixed_form(candidate: &Candidate, infos: &[Arc<RuleInfo>]) -> bool {
    let rule = infos.get(candidate.rule.0 as usize);
    candidate.form == Form::Token
        && rule.is_some_and(|rule| rule.is_known() || !rule.generic && !rule.imported)
}
