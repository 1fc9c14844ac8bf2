//! What pages in a browser write beside the word `password`: selectors of elements, attributes of components,
//! comparisons of bundled code.

use super::beside::is_wordlike;
use super::pair::{Pair, is_any};

/// Attributes that say which element it is, or what it looks like.
const ATTRIBUTES: &[&str] = &[
    "autocomplete",
    "class",
    "className",
    "for",
    "href",
    "icon",
    "id",
    "key",
    "label",
    "ref",
    "rel",
    "role",
    "size",
    "slot",
    "title",
    "to",
    "type",
    "variant",
];

/// True for a value that a page contains beside a name and that is none of the name's.
pub(in crate::scan::generic) fn is_of_page(pair: &Pair<'_>) -> bool {
    is_selected(pair)
        || is_attribute_of_component(pair)
        || is_compared_with(pair)
        || is_state_of_element(pair)
}

fn unquoted_end(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\"").or(text.strip_suffix(b"'")).unwrap_or(text)
}

/// True for letters that form a word, with marks between them.
fn is_word(value: &[u8]) -> bool {
    value.len() <= 32
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
        && is_wordlike(value)
}

/// True for another attribute of the element that a selector asks for: `input[type=password][readonly="readonly"]`.
fn is_selected(pair: &Pair<'_>) -> bool {
    let before = unquoted_end(pair.before_name(80));
    let open = before.iter().rposition(|b| matches!(b, b'[' | b']')).filter(|&at| before[at] == b'[');
    let is_attribute = |text: &[u8]| {
        let name = text.strip_suffix(b"=").map(|name| match name.split_last() {
            Some((b'~' | b'|' | b'^' | b'$' | b'*', name)) => name,
            _ => name,
        });
        name.is_some_and(|name| {
            !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
    };
    let between = pair.between();
    let between = between.strip_prefix(b"\"").or(between.strip_prefix(b"'")).unwrap_or(between);
    open.is_some_and(|open| is_attribute(&before[open + 1..]))
        && between.strip_prefix(b"][").is_some_and(|next| is_attribute(unquoted_end(next)))
}

/// True for the state in which a selector wants an element: `.pass-checkbox:checked`, `input[type="password"]:focus`.
fn is_state_of_element(pair: &Pair<'_>) -> bool {
    const STATES: &[&str] = &[
        "active",
        "checked",
        "default",
        "disabled",
        "empty",
        "enabled",
        "first-child",
        "focus",
        "focus-visible",
        "focus-within",
        "hover",
        "invalid",
        "last-child",
        "not",
        "optional",
        "read-only",
        "required",
        "valid",
        "visited",
    ];
    let before = pair.before_name(80);
    let is_class = || match before {
        [.., one, b'.' | b'#'] => !one.is_ascii_alphanumeric(),
        [b'.' | b'#'] => true,
        _ => false,
    };
    let is_attribute = || {
        let open = before.iter().rposition(|b| matches!(b, b'[' | b']'));
        open.is_some_and(|open| before[open] == b'[' && before[open..].contains(&b'='))
    };
    let is_asked = match pair.between() {
        b":" => is_class(),
        b"]:" | b"\"]:" | b"']:" => is_attribute(),
        _ => false,
    };
    is_asked && STATES.iter().any(|state| state.as_bytes() == pair.value)
}

/// True for the label of a component that is called after a password: `<.password_requirement key="length" …>`.
fn is_attribute_of_component(pair: &Pair<'_>) -> bool {
    let before = pair.before_name(64);
    let len =
        before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let is_tag = before[..before.len() - len.count()].ends_with(b"<");
    let between = pair.between();
    let Some(attribute) = between.strip_suffix(b"=\"").or(between.strip_suffix(b"='")) else { return false };
    is_tag
        && attribute.first().is_some_and(u8::is_ascii_whitespace)
        && is_any(attribute.trim_ascii(), ATTRIBUTES)
        && is_word(pair.value)
}

/// True for a word with which bundled code compares something: `?"password":t}…"radio"!==n`.
fn is_compared_with(pair: &Pair<'_>) -> bool {
    let after = pair.after_value(4);
    let rest = after.strip_prefix(b"\"").or(after.strip_prefix(b"'")).unwrap_or_default();
    (rest.starts_with(b"!==") || rest.starts_with(b"==="))
        && pair.value.len() <= 16
        && pair.value.iter().all(u8::is_ascii_lowercase)
        && is_word(pair.value)
}
