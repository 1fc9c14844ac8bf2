//! Generic secrets: assignments of a secret to a name (`password = "…"`, `api_key: …`), the credentials of URLs and
//! headers, and structures in which a secret is recognised by its position: the arguments of programs and calls, a
//! server's directives, tables, documents that say that they contain secrets.
//!
//! `quick` rejects most anchors within a few bytes; `parse` reads name, operator and value, drops values that
//! `veto` recognises as no secrets, and scores the rest from name and value alone. The decision about an anchor
//! looks at nothing outside its reach, which is a few lines; it knows no path, and cannot fail.
//!
//! ```text
//! name > operator, member | structure > value (quote, list) > veto > judge   a name and its value
//! table, directive, login                                                 the value is apart from its name
//! readers (command: programs.txt, directive: directives.txt, …), userinfo    anchors of their own
//! ```

#![expect(
    clippy::result_large_err,
    reason = "what the judge saw is on the stack already, and boxed it would cost an allocation"
)]

mod assignment;
mod context;
mod innocent;
mod joint;
mod judge;
mod kinds;
mod line;
mod list;
mod member;
mod mention;
mod name;
mod named;
mod operator;
mod placeholder;
mod quote;
mod readers;
mod reference;
mod shape;
mod structure;
mod table;
#[cfg(test)]
mod tests;
mod userinfo;
mod value;
mod veto;
mod words;

use super::reach::Reach;
use super::rejection::{Dismissal, Rejected, Veto};
use crate::model::{Candidate, Form, Score, Span};
use crate::rules::Structure;
use assignment::{Named, declared, hand_on_judged, login_named};
use joint::Joint;
use judge::about;
use judge::input::{self, JudgeInput};
use kinds::ordinary;
use line::byte;
use memchr::{memchr, memchr_iter, memchr3, memrchr};
use mention::{is_backup_code, is_list_of_characters, is_listed, is_loop_variable, is_only_listed, speaks};
use name::{Kind, Name};
use readers::{
    command, directive, entries, html_table, login, manifest, note, passphrase, state, typing, uncalled,
};
use std::borrow::Cow;
use value::Literal;

pub(super) use assignment::{Assigned, Assignment, on_line};
pub use judge::features::{COUNT, FEATURES, Features, Group};
pub(super) use judge::keep_all;
pub use judge::model::{DEPTH, INNER, LEAVES, Model, Node, Tree, UNIT};
pub(super) use kinds::is_hash;
pub(super) use line::QUICK_REACH;
pub(super) use named::names_secret;
pub(super) use placeholder::is_placeholder;
pub(super) use reference::is_reference;

/// The furthest that [`parse`] looks from an anchor, in bytes.
pub(super) const FURTHEST: Reach = Reach { before: manifest::FURTHEST, after: table::FURTHEST };

/// The furthest that it looks for a name and its value.
const ASSIGNMENT: Reach = Reach { before: 512, after: 1536 };

/// Lines after an anchor's own that [`parse`] looks at: the second half of a pair may be on the next, and its value on
/// the one after.
const LINES_AFTER: usize = 2;

/// Lines before an anchor's own: the login of a password, and a value before its name.
const LINES_BEFORE: usize = 1;

/// What an anchor announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A name whose value is a secret, or the syntax of a URL or header.
    Name,
    /// A program.
    Command,
    /// A call.
    Login,
    /// A line of a server's configuration.
    Directive,
    /// A document that says that it contains secrets.
    Manifest,
}

impl Reader {
    /// The reader of a rule's structure.
    pub(super) const fn of(structure: Structure) -> Self {
        match structure {
            Structure::Command => Self::Command,
            Structure::Login => Self::Login,
            Structure::Directive => Self::Directive,
            Structure::Manifest => Self::Manifest,
        }
    }
}

/// The features that the judge saw of a candidate; `None` if the model did not judge it.
pub(super) fn features(candidate: &Candidate) -> Option<Features> {
    judged_of(candidate).map(|input| Features::of(&input))
}

/// The score that `model` gives a candidate with these features, as in a scan; `None` for a candidate that it drops.
pub(super) fn weigh(model: &Model, candidate: &Candidate, features: &Features) -> Option<Score> {
    judge::weigh(model, &judged_of(candidate)?, features)
}

fn judged_of(candidate: &Candidate) -> Option<JudgeInput<'_>> {
    let Candidate { basis, identifier, form, secret, .. } = candidate;
    let name = identifier.as_deref().unwrap_or_default().as_bytes();
    input::from_basis(*basis, name, *form, secret.expose())
}

/// Whether anything can begin at an anchor: dismisses most of them, at little cost.
#[inline]
pub(super) fn quick(blob: &[u8], word: Span, reader: Reader) -> Result<(), Dismissal> {
    let (window, word, _) = window(blob, word, QUICK_REACH, QUICK_REACH);
    let is_announced = match reader {
        Reader::Name => match userinfo::Anchor::of(window, word) {
            Some(anchor) => userinfo::quick(window, word, anchor),
            None if note::is_anchor(&window[word.start..word.end]) => note::announced(window, word).is_some(),
            // What is beside the name rejects more than the name itself, at less cost.
            None => {
                let name = name::find(window, word).ok_or(Dismissal::NoName)?;
                if !may_be_assigned(window, name) {
                    return Err(Dismissal::Unassigned);
                }
                return of_itself(&window[name.span.start..name.span.end], name.kind);
            }
        },
        Reader::Command => command::quick(window, word),
        Reader::Login => match uncalled::read(window, word) {
            Some(found) => found.is_some(),
            None => entries::users_of(window, word).is_some() || login::is_called(window, word),
        },
        Reader::Directive => directive::may_be_on(window, word.start),
        Reader::Manifest => manifest::quick(window, word),
    };
    if is_announced { Ok(()) } else { Err(Dismissal::Unannounced) }
}

/// Dismisses a name that only mentions a secret, shows one, or points at it.
fn of_itself(identifier: &[u8], kind: Kind) -> Result<(), Dismissal> {
    if about::is_about(identifier, kind) {
        Err(Dismissal::About)
    } else if about::is_shown(identifier, kind) {
        Err(Dismissal::Shown)
    } else if name::refers(identifier) {
        Err(Dismissal::Pointer)
    } else {
        Ok(())
    }
}

/// Whether a name may have a value, in any of the possible ways.
fn may_be_assigned(text: &[u8], name: Name) -> bool {
    if is_spoken_of(text, name) {
        return false;
    }
    if state::is_pgpass(text, name.span) {
        return true;
    }
    if let Some(join) = operator::join(text, name)
        && value::may_start(text, name.span, join, name.kind)
    {
        return true;
    }
    let after = byte(text, name.span.end);
    match after {
        b' ' | b'\t' => {
            structure::may_be_said(text, name)
                || directive::may_be_on(text, name.span.start)
                || table::heading(text, name.span, name.kind).is_some()
        }
        b'!' => table::heading(text, name.span, name.kind).is_some(),
        b'"' | b'\'' | b']' | b'.' | b')' | b'`' | b'/' => {
            structure::may_be_named(text, name)
                || state::may_be(text, name.span)
                || after == b'"' && table::heading(text, name.span, name.kind).is_some()
                || structure::may_be_inserted(text, name)
        }
        b',' | b';' | b'|' | b'\r' | b'\n' => {
            table::heading(text, name.span, name.kind).is_some()
                || structure::may_be_named(text, name)
                || after == b',' && structure::may_be_inserted(text, name)
        }
        b'<' => {
            member::names_argument(&text[..name.span.start]) || html_table::heading(text, name.span).is_some()
        }
        // What `expect` waits for: `"*assword*" { send "x" }`.
        b'*' => typing::answered(text, name.span).is_some(),
        b':' => line::ends_line(text, name.span.end + 1),
        b'=' => text.get(name.span.end + 1).is_some_and(|&next| next == b'?'),
        b'(' => login::is_call(text, name.span.end),
        _ => false,
    }
}

/// Whether a key is only mentioned, or passed on: `the key to it`, `find(db, key)`. Most anchors are such, and the
/// bytes after the name show it before the possible ways to have a value are tried: without an operator, a mark or a
/// digit on the rest of its line none of them is possible, except a directive or a flag.
fn is_spoken_of(text: &[u8], name: Name) -> bool {
    if !matches!(name.kind, Kind::Key | Kind::Other) || name.is_phrase {
        return false;
    }
    let Span { start, end } = name.span;
    let before = if start > 0 { text[start - 1] } else { 0 };
    let rest = &text[end..];
    match byte(rest, 0) {
        b')' | b';' => {
            !matches!(before, b'"' | b'\'' | b'\t' | b' ' | b':' | b'=')
                && !matches!(byte(rest, line::past_blanks(rest, 1)), 0..=b' ' | b'v' | b'V')
        }
        b' ' if byte(rest, 1).is_ascii_alphabetic() && before != b'-' => {
            let is_other = |&b: &u8| {
                matches!(
                    b,
                    b'\n' | b'=' | b':' | b'(' | b'"' | b'\'' | b'`' | b'*' | b'<' | b'/' | b'0'..=b'9'
                )
            };
            let ends = rest.iter().position(is_other).is_none_or(|at| rest[at] == b'\n');
            ends && !operator::is_directive(line::line_before(text, start))
                && !directive::may_be_on(text, start)
        }
        _ => false,
    }
}

/// How far around the anchor `word` [`parse`] and [`quick`] look: no further than [`FURTHEST`], mostly only the
/// anchor's line, one before and two after it. This is seldom a tenth of the most, so that an edit leaves the decisions
/// a few lines away unchanged (on five repositories, decisions taken again for an edit nearby fell from 2.1 to 1.4
/// million).
pub(super) fn reach(blob: &[u8], word: Span, reader: Reader) -> Reach {
    if reader == Reader::Manifest {
        return Reach { before: manifest::FURTHEST, after: manifest::FURTHEST };
    }
    let end = word.end.min(blob.len());
    let start = word.start.min(end);
    let before = &blob[start.saturating_sub(ASSIGNMENT.before)..start];
    let after = &blob[end..blob.len().min(end + ASSIGNMENT.after)];
    let line = before.len() - memrchr(b'\n', before).map_or(0, |feed| feed + 1);
    // The lines above are members of the same argument.
    let lines_before = if member::names_argument(before) { 7 } else { LINES_BEFORE + 1 };
    let above = memchr_back(before, lines_before).map_or(ASSIGNMENT.before, |feed| before.len() - feed);
    let lines = memchr_iter(b'\n', after).nth(LINES_AFTER).map(|feed| feed + 1);
    let rest = &after[..after.len().min(QUICK_REACH)];
    let own = &blob[start - line..end + rest.len()];
    // A heading has cells, and the name is a whole cell: most lines show at once that they are none.
    let own_end = memchr(b'\n', rest).unwrap_or(rest.len());
    let own_line = &blob[start - line..end + own_end];
    let may_head = memchr3(b',', b';', b'|', own_line).is_some()
        || memchr(b'\t', own_line).is_some()
        || own_line.starts_with(b"!")
        || blob[start - line..start].ends_with(b"  ") && table::heads_columns(own_line);
    let after = if may_head && heads(own, Span::new(line, line + end - start)) {
        FURTHEST.after
    } else {
        // A document for a command that is piped into another: `cat <<EOF | passwd ada`.
        let is_fed =
            || reader == Reader::Command && memchr::memmem::find(&blob[start - line..start], b"<<").is_some();
        lines.filter(|&lines| !may_go_on(&after[..lines]) && !is_fed()).unwrap_or(ASSIGNMENT.after)
    };
    Reach { before: above, after }
}

/// The position of the line feed that is the `count`-th from the end.
fn memchr_back(text: &[u8], count: usize) -> Option<usize> {
    let mut end = text.len();
    for _ in 0..count {
        end = memrchr(b'\n', &text[..end])?;
    }
    Some(end)
}

/// Whether the anchor at `word` in its line heads a table, or names a column of rows that a statement inserts.
fn heads(line: &[u8], word: Span) -> bool {
    name::find(line, word).is_some_and(|name| {
        table::heading(line, name.span, name.kind).is_some() || structure::may_be_inserted(line, name)
    })
}

/// True if what begins in `text` may continue over line ends: between three quotes, after a backslash, in a document or
/// a block, from one literal to the next.
fn may_go_on(text: &[u8]) -> bool {
    // Without an early exit, which keeps the loops free of branches.
    let is_triple =
        |three: &[u8]| matches!(three[0], b'"' | b'\'') & (three[0] == three[1]) & (three[1] == three[2]);
    let is_hidden = |two: &[u8]| {
        (two[1] == b'\n')
            & matches!(
                two[0],
                b'\\' | b'^' | b'`' | b'{' | b'(' | b'[' | b'|' | b'>' | b'+' | b'"' | b'\'' | b':' | b','
            )
            | (two[0] == b'<') & (two[1] == b'<')
            | (two[0] == b'[') & (two[1] == b'[')
    };
    text.windows(3).fold(false, |any, three| any | is_triple(three))
        | text.windows(2).fold(false, |any, two| any | is_hidden(two))
}

/// Reads and judges what is around the anchor `word`, and passes the secrets to `found`, and with a name or value also why
/// it is none. Returns its [`reach`].
pub(super) fn parse(blob: &[u8], word: Span, reader: Reader, found: &mut dyn FnMut(Assigned)) -> Reach {
    let looked @ Reach { before, after } = reach(blob, word, reader);
    let (window, word, offset) = window(blob, word, before, after);
    let window = &*without_zeros(window);
    let mut hand_on = |mut assigned: Assigned| {
        match &mut assigned {
            Ok(assignment) => {
                assignment.span = assignment.span.shifted(offset);
                assignment.value = assignment.value.shifted(offset);
            }
            Err(rejected) => {
                rejected.name = rejected.name.map(|span| span.shifted(offset));
                rejected.value = rejected.value.map(|span| span.shifted(offset));
            }
        }
        found(assigned);
    };
    match reader {
        Reader::Name => match userinfo::Anchor::of(window, word) {
            Some(anchor) => userinfo::parse(window, word, anchor).into_iter().for_each(hand_on),
            None if note::is_anchor(&window[word.start..word.end]) => {
                if let Some(password) = note::announced(window, word) {
                    noted(window, word, password, &mut hand_on);
                }
            }
            None => named(window, word, &mut hand_on),
        },
        Reader::Command => command::read(window, word, |argument| {
            if ordinary::is_called_after_its_key(window, argument.value, &argument.text) {
                return;
            }
            let identifier = [&window[argument.program.start..argument.program.end], b" password"].concat();
            let literal = Literal::at(argument.value, argument.text, Form::Login);
            hand_on_judged(window, &login_named(argument.program, &identifier, literal), &mut hand_on);
        }),
        Reader::Login if entries::users_of(window, word).is_some() => {
            for literal in
                entries::users_of(window, word).map_or_else(Vec::new, |open| entries::of_users(window, open))
            {
                let span = literal.span;
                hand_on_judged(window, &login_named(span, b"login password", literal), &mut hand_on);
            }
        }
        Reader::Login => {
            if let Some(argument) =
                uncalled::read(window, word).unwrap_or_else(|| login::called(window, word))
            {
                call(window, argument, &mut hand_on);
            }
        }
        Reader::Directive => directive(window, word.start, &mut hand_on),
        Reader::Manifest => manifest::read(window, word, |entry| {
            let rejected = |why| Rejected { why, name: Some(entry.key), value: Some(entry.value) };
            hand_on(declared(window, &entry).map_err(rejected));
        }),
    }
    looked
}

/// The text with line ends in place of zeros: those between the variables of an environment end a value, and one in a
/// comment is as good as none.
fn without_zeros(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(0, text).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.iter().map(|&byte| if byte == 0 { b'\n' } else { byte }).collect())
}

/// The values of an anchor that is a word of a name: the column that it heads, or its value.
fn named(text: &[u8], word: Span, found: &mut dyn FnMut(Assigned)) {
    let Some(name) = name::find(text, word) else { return };
    let identifier = &text[name.span.start..name.span.end];
    let dismissed = match of_itself(identifier, name.kind) {
        Ok(()) if context::is_other(text, name.span) => Err(Dismissal::OtherContext),
        dismissed => dismissed,
    };
    if let Err(why) = dismissed {
        return found(Err(Rejected { name: Some(name.span), ..Rejected::bare(why.into()) }));
    }
    if let Some(heading) = table::heading(text, name.span, name.kind).filter(|heading| heading.heads(text)) {
        heading.read(text, |cell| {
            // Words between quotes, beside a login: a passphrase.
            let is_words = cell.has_login
                && cell.value.start > 0
                && text[cell.value.start - 1] == b'"'
                && passphrase::is_plain(&cell.text);
            let form = if is_words { Form::Login } else { Form::Quoted };
            let literal = Literal::at(cell.value, cell.text, form);
            let named = Named {
                name: cell.value,
                identifier,
                kind: name.kind,
                joint: Joint::Markup,
                literal,
                is_login: cell.has_login && name.kind == Kind::Password,
            };
            hand_on_judged(text, &named, found);
        });
        return;
    }
    if let Some(argument) = login::argument(text, name.span.end) {
        return call(text, argument, found);
    }
    if structure::may_be_inserted(text, name) {
        for value in structure::inserted(text, name) {
            let literal = Literal::of(value, Form::Quoted);
            let named = Named {
                joint: Joint::Argument,
                is_login: name.kind == Kind::Password && structure::is_inserted_beside_login(text, name),
                ..login_named(name.span, identifier, literal)
            };
            hand_on_judged(text, &Named { name: named.literal.span, kind: name.kind, ..named }, found);
        }
        return;
    }
    if let Some(heading) = html_table::heading(text, name.span) {
        html_table::read(text, name.span.end, heading, |cell| {
            let literal = Literal::at(cell.value, cell.text, Form::Markup);
            let is_login = cell.has_login && name.kind == Kind::Password;
            let named = Named { kind: name.kind, is_login, ..login_named(cell.value, identifier, literal) };
            hand_on_judged(text, &Named { joint: Joint::Markup, ..named }, found);
        });
        return;
    }
    let is_password = name.kind == Kind::Password;
    if is_password
        && let Some(typed) = login::typed(text, name.span)
            .or_else(|| typing::typed_into(text, name.span))
            .or_else(|| typing::answered(text, name.span))
    {
        let literal = Literal::of(typed, Form::Login);
        return hand_on_judged(text, &login_named(name.span, identifier, literal), found);
    }
    let join = operator::join(text, name)
        .filter(|join| join.joint != Joint::Call || name::calls_credential(identifier));
    if let Some(join) = join
        && login::takes_pair(identifier)
        && let Some(password) = login::pair(text, join.at)
    {
        let literal = Literal::of(password, Form::Login);
        let identifier = [identifier, b" password"].concat();
        return hand_on_judged(text, &login_named(name.span, &identifier, literal), found);
    }
    if let Some(join) = join.filter(|join| join.joint == Joint::Colon)
        && name::ends_in_credentials(identifier)
        && let Some(password) = note::password(text, join.at)
    {
        return noted(text, name.span, password, found);
    }
    let mut entries = entries::read(text, name);
    let of_record = state::read(text, name.span);
    let is_login = !of_record.is_empty();
    entries.extend(of_record);
    if !entries.is_empty() {
        for literal in entries {
            let named = Named {
                name: literal.span,
                identifier,
                kind: name.kind,
                joint: Joint::Colon,
                literal,
                is_login,
            };
            hand_on_judged(text, &named, found);
        }
        return;
    }
    let above = || Some((Joint::Assign, structure::default_above(text, name.span)?));
    let read = above().or_else(|| join.and_then(|join| {
        // A header: a scheme and its credentials.
        if matches!(join.joint, Joint::Colon | Joint::Assign)
            && name::ends_in_credentials(identifier)
            && let Some(span) = userinfo::credentials(text, join.at)
        {
            let literal = Literal::at(span, text[span.start..span.end].to_vec(), Form::Inline);
            return Some((join.joint, literal));
        }
        let literal = value::read(text, name.span, join)?;
        // The next word of a command written as a list, or an argument beside a name that only mentions a secret.
        let is_flag = literal.text.starts_with(b"-")
            && !shape::is_mixed(&literal.text)
            && !shape::is_word_after_mark(&literal.text);
        // The value of a setting in a row: `VALUES ('SHOP_STRIPE_SECRET_KEY', 'x7')`.
        let is_setting = shape::is_random(&literal.text)
            && identifier.iter().filter(|b| **b == b'_').count() >= 2
            && identifier.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
        let is_other = (is_flag || speaks(identifier) || is_listed(text, name.span)) && !is_setting;
        let is_other = join.joint == Joint::Argument && (is_other || is_only_listed(text, name, &literal.text))
            || join.joint == Joint::Call && identifier == b"credentials"
            || literal.form == Form::Bare && is_loop_variable(text, name.span)
            || join.next_line && ordinary::is_program(&literal.text)
            || name.kind == Kind::Key && is_list_of_characters(identifier, &literal)
            // The words of a shell's array are not one text.
            || literal.span.len() > literal.text.len() + 2 && text[name.span.end..].starts_with(b"=(");
        (!is_other).then_some((join.joint, literal))
    }));
    let read = read
        .or_else(|| {
            let join = member::value_below(text, name)?;
            Some((join.joint, value::read(text, name.span, join)?))
        })
        .or_else(|| Some((Joint::Colon, structure::value_before(text, name)?)));
    match read {
        Some((joint, mut literal)) => {
            structure::second_of_two(text, name.span, &mut literal);
            if is_password && let Some(words) = passphrase::to_line_end(text, name.span, joint, &literal) {
                literal = words;
            }
            let is_line = joint == Joint::Space
                && matches!(name.kind, Kind::Password | Kind::Secret)
                && operator::is_login_line(text, name.span);
            if is_line && literal.form == Form::Bare {
                literal.form = Form::Inline;
            }
            let span = operator::with_words_before(text, name, joint);
            let kind =
                if name::is_of_network(&text[span.start..span.end]) { Kind::Password } else { name.kind };
            let is_login =
                literal.form == Form::Login || is_line || is_backup_code(identifier, &literal.text);
            let identifier = &text[span.start..span.end];
            let named = Named { name: span, identifier, kind, joint, literal, is_login };
            hand_on_judged(text, &named, found);
        }
        None => directive(text, name.span.start, found),
    }
}

/// The password of a note, which has a login before it.
fn noted(text: &[u8], name: Span, password: quote::Quoted, found: &mut dyn FnMut(Assigned)) {
    let literal = Literal::of(password, Form::Login);
    hand_on_judged(text, &login_named(name, b"login password", literal), found);
}

/// The secret on a directive's line.
fn directive(text: &[u8], at: usize, found: &mut dyn FnMut(Assigned)) {
    let Some(directive) = directive::read(text, at) else { return };
    let words = &text[directive.words.start..directive.words.end];
    let form = if directive.is_weak { Form::Bare } else { Form::Login };
    let is_word = directive
        .text
        .iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b',' | b';' | b':' | b')'));
    let is_word = is_word && !shape::is_scrambled_word(&directive.text);
    let has_login = directive.is_weak && structure::login_line_beside(text, directive.words.start);
    if directive.is_weak && is_word && !has_login {
        let (name, value) = (Some(directive.words), Some(directive.value));
        return found(Err(Rejected { why: Veto::Prose.into(), name, value }));
    }
    // Many a line begins with `key`.
    if directive.is_weak && words.trim_ascii_start().starts_with(b"key") && !shape::is_mixed(&directive.text)
    {
        return;
    }
    let literal = Literal::at(directive.value, directive.text, form);
    let mut named = login_named(directive.words, words.trim_ascii(), literal);
    if directive.is_weak {
        named = Named { is_login: has_login, joint: Joint::Space, ..named };
    }
    hand_on_judged(text, &named, found);
}

/// The secret among a call's arguments.
fn call(text: &[u8], argument: login::Argument, found: &mut dyn FnMut(Assigned)) {
    let form = if argument.has_login { Form::Login } else { Form::Call };
    let noun: &[u8] = if argument.kind == Kind::Token { b" token" } else { b" password" };
    let identifier = [&text[argument.name.start..argument.name.end], noun].concat();
    let mut named = login_named(argument.name, &identifier, Literal::of(argument.value, form));
    named.kind = argument.kind;
    named.is_login = argument.has_login || argument.kind == Kind::Secret;
    hand_on_judged(text, &named, found);
}

/// The part of a blob around an anchor, the anchor in it, and the part's offset in the blob.
fn window(blob: &[u8], word: Span, before: usize, after: usize) -> (&[u8], Span, usize) {
    let end = word.end.min(blob.len());
    let start = word.start.min(end);
    let from = start.saturating_sub(before);
    let to = (end + after).min(blob.len());
    (&blob[from..to], Span::new(start - from, end - from), from)
}
