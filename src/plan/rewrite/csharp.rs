//! C#: `System.Environment.GetEnvironmentVariable("NAME")`, and an exception if it is not set.

use super::expression::{EnvironmentReading, FoundLiteral, cut};
use super::lexer::Dialect;
use super::{ByHand, Rewrite, Spot, by_hand, has_word};

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::CSharp, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    found.refuse_odd_places()?;
    let statement = lexed.statement_before(found.piece.span.start);
    if has_word(&statement, "const") || has_word(&statement, "case") {
        return by_hand("it is a constant: make it `static readonly` if no attribute and no case uses it");
    }
    let open = lexed.open_brackets(found.piece.span.start);
    let (before, _) = found.before();
    if before == '=' && open.last().is_some_and(|(bracket, _)| *bracket == '(') {
        return by_hand("it is a default value or an attribute's, which take constants only");
    }
    // `[Attribute("text")]`: a bracket after which a statement begins.
    let is_attribute = |bracket: char, code: &str| {
        bracket == '[' && (code.is_empty() || code.ends_with([';', '{', '}', ']']))
    };
    if found.is_within(is_attribute) {
        return by_hand("it is in an attribute, which takes constants only");
    }
    let name = spot.variable;
    let read = format!(
        "System.Environment.GetEnvironmentVariable(\"{name}\") ?? throw new System.InvalidOperationException(\"{name} is not set\")"
    );
    let inside = format!("({read})");
    let reading = EnvironmentReading { alone: &read, inside: &inside, join: " + " };
    Ok(Rewrite { edits: vec![found.replaced(&reading)?], ..Rewrite::default() })
}
