//! Java: `System.getenv("NAME")`, which must not be null.

use super::expression::{EnvironmentReading, FoundLiteral, cut};
use super::lexer::Dialect;
use super::{ByHand, Rewrite, Spot, by_hand, has_word};

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Java, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    found.refuse_odd_places()?;
    let is_annotation = |_: char, code: &str| {
        let name = code.trim_end_matches(|one: char| one.is_alphanumeric() || one == '_' || one == '.');
        name.ends_with('@')
    };
    if found.is_within(is_annotation) {
        return by_hand(
            "it is in an annotation, which takes constants only: name a property there, `${NAME}`",
        );
    }
    let statement = lexed.statement_before(found.piece.span.start);
    if has_word(&statement, "case") {
        return by_hand("it is a case, which takes constants only");
    }
    // A constant that annotations and cases use has to stay one.
    if has_word(&statement, "final")
        && let Some((name, _)) = statement.split_once('=')
    {
        let name = super::expression::last_word(name.trim_end());
        let code = lexed.code(0, spot.text.len());
        let needs_constant = |line: &str| {
            let line = line.trim_start();
            (line.starts_with('@') || line.starts_with("case ")) && has_word(line, name)
        };
        if code.lines().chain(spot.others.lines()).any(needs_constant) {
            return by_hand("an annotation or a case uses this constant, and takes constants only");
        }
    }
    let name = spot.variable;
    let read = format!("java.util.Objects.requireNonNull(System.getenv(\"{name}\"), \"{name} is not set\")");
    let reading = EnvironmentReading { alone: &read, inside: &read, join: " + " };
    Ok(Rewrite { edits: vec![found.replaced(&reading)?], ..Rewrite::default() })
}
