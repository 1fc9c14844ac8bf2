//! Ruby: `ENV.fetch("NAME")`, which raises if it is not set.

use super::expression::{EnvironmentReading, FoundLiteral, cut};
use super::lexer::Dialect;
use super::{ByHand, Rewrite, Spot, by_hand};

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::Ruby, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    found.refuse_odd_places()?;
    let (_, after) = found.after();
    if after.starts_with(':') {
        return by_hand("it is a key");
    }
    let (before, head) = found.before();
    // `:"text"` is a symbol, and so is what a key with a colon has after it only if a blank is between.
    if before == ':' && !spot.text[..found.piece.span.start].ends_with([' ', '\n', '\t']) {
        return by_hand("it is a symbol");
    }
    if before == '.' || before == '?' && !head.ends_with(" ?") {
        return by_hand("what is before the literal is not understood");
    }
    let read = format!("ENV.fetch(\"{}\")", spot.variable);
    let reading = EnvironmentReading { alone: &read, inside: &read, join: " + " };
    Ok(Rewrite { edits: vec![found.replaced(&reading)?], ..Rewrite::default() })
}
