//! PHP: `getenv('NAME')`, and an end if it is not set.

use super::expression::{EnvironmentReading, FoundLiteral, cut};
use super::lexer::Dialect;
use super::{ByHand, Rewrite, Spot, by_hand, has_word};

/// Words of declarations whose values must be constant.
const CONSTANT: &[&str] = &["case", "const", "private", "protected", "public", "readonly", "static", "var"];

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Php, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    found.refuse_odd_places()?;
    if found.after().1.starts_with("=>") {
        return by_hand("it is a key");
    }
    let statement = lexed.statement_before(found.piece.span.start);
    if CONSTANT.iter().any(|word| has_word(&statement, word)) {
        return by_hand(
            "it is the value of a constant or of a property, where nothing may be called: set it in the constructor",
        );
    }
    let is_constant = |bracket: char, code: &str| {
        let line = code.rsplit([';', '}', '{']).next().unwrap_or_default();
        bracket == '(' && (has_word(line, "function") || has_word(line, "fn"))
            || line.trim_start().starts_with("#[")
            || bracket == '[' && CONSTANT.iter().any(|word| has_word(line, word))
    };
    if found.is_within(is_constant) || found.is_within(|bracket, code| bracket == '[' && code.ends_with('#'))
    {
        return by_hand("it is a default or an attribute, where nothing may be called");
    }
    // Without it, `getenv` gives false, which is equal to an empty text.
    let name = spot.variable;
    let read = format!("getenv('{name}') ?: exit('{name} is not set')");
    let inside = format!("({read})");
    let reading = EnvironmentReading { alone: &read, inside: &inside, join: " . " };
    Ok(Rewrite { edits: vec![found.replaced(&reading)?], ..Rewrite::default() })
}
