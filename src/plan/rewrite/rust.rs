//! Rust: `std::env::var("NAME")`, which is a `String` and no `&'static str`. So only literals are replaced that become a
//! `String` anyway, and those that a `let` gives a name.

use super::expression::{FoundLiteral, cut};
use super::lexer::Dialect;
use super::{ByHand, Edit, Rewrite, Spot, by_hand};
use crate::model::Span;

/// What makes a `String` of a literal.
const OWNED: &[&str] = &[".to_string()", ".to_owned()"];

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Rust, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    if found.piece.content != spot.span {
        return by_hand("the secret is a part of the literal: build the text with format! and std::env::var");
    }
    let read = format!("std::env::var(\"{0}\").expect(\"{0} is not set\")", spot.variable);
    let Span { start, end } = found.piece.span;
    let (before, code) = found.before();
    let statement = lexed.statement_before(start);
    let statement = statement.trim();
    let is_constant = |word: &str| statement.split_whitespace().take(3).any(|one| one == word);
    if is_constant("const") || is_constant("static") {
        return by_hand("it is a constant: make it a `std::sync::LazyLock<String>`, or pass the value on");
    }
    if found.is_within(|bracket, code| bracket == '[' && code.ends_with('#')) {
        return by_hand("it is in an attribute");
    }
    let rest = &spot.text[end..];
    let one = |edit: Edit| Ok(Rewrite { edits: vec![edit], ..Rewrite::default() });
    if let Some(owned) = OWNED.iter().find(|owned| rest.starts_with(**owned)) {
        return one(Edit::new(start, end + owned.len(), read));
    }
    if code.ends_with("String::from(") && rest.starts_with(')') {
        let from = code.len() - "String::from(".len();
        let is_path = code[..from].ends_with("::");
        // The code has the same length as the text, but for what is trimmed at its end.
        if !is_path && spot.text[from..].starts_with("String::from(") && start == code.len() {
            return one(Edit::new(from, end + 1, read));
        }
    }
    let declared = statement.strip_prefix("let ").map(|rest| rest.trim_start_matches("mut ").trim());
    if before == '='
        && rest.starts_with(';')
        && let Some(declared) = declared
    {
        let (name, kind) =
            declared.trim_end_matches('=').split_once(':').unwrap_or((declared.trim_end_matches('='), ""));
        let is_name = name.trim().chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
        if is_name && matches!(kind.trim(), "" | "&str") {
            return one(Edit::new(start, end, format!("&*{read}")));
        }
    }
    by_hand("a `&'static str` may be needed here, and the environment gives a `String`")
}
