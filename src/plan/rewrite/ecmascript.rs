//! JavaScript and TypeScript: `process.env.NAME`, and an error if it is not set.

use super::expression::{EnvironmentReading, FoundLiteral, cut, last_word};
use super::lexer::Dialect;
use super::{ByHand, Rewrite, Spot, by_hand};

/// What files have that do not run as they are in a browser.
const SERVER: [&str; 5] = ["require(", "module.exports", "process.", "import ", "export "];

pub(super) fn rewrite(spot: &Spot<'_>) -> Result<Rewrite, ByHand> {
    let lexed = cut(Dialect::EcmaScript, spot);
    let found = FoundLiteral::of(&lexed, spot.span)?;
    let code = lexed.code(0, spot.text.len());
    // Texts between elements may have quotes that open nothing.
    if code.contains("</") || code.contains("/>") {
        return by_hand("the file has elements of JSX, in which quotes mean something else");
    }
    let is_there = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if is_there(&["document.", "window.", "localStorage.", "$.ajax", "$(", "jQuery"]) && !is_there(&SERVER) {
        return by_hand(
            "it runs in a browser, which has no environment and keeps no secret: let the server make the call",
        );
    }
    found.refuse_odd_places()?;
    let (before, head) = found.before();
    let (_, after) = found.after();
    if matches!(before, '{' | ',') && after.starts_with(':') || before == '[' && after.starts_with("]:") {
        return by_hand("it is a key");
    }
    let line = head.rsplit('\n').next().unwrap_or_default().trim_start();
    let statement = lexed.statement_before(found.piece.span.start);
    let statement = statement.trim_start();
    let is_type = |words: &str| {
        let word = words.trim_start_matches("export ").trim_start_matches("declare ");
        word.starts_with("type ") || word.starts_with("interface ")
    };
    let in_type = found.is_within(|bracket, code| {
        let line = code.rsplit(['\n', ';', '}']).next().unwrap_or_default().trim_start();
        bracket == '{' && (is_type(line) || line.contains("enum "))
    });
    if is_type(statement) || in_type {
        return by_hand("it is in a type or an enum, where nothing is computed");
    }
    // `let name: "text"`.
    if before == ':'
        && ["let ", "var ", "const "].iter().any(|word| line.trim_start_matches("export ").starts_with(word))
        && !line.contains('=')
    {
        return by_hand("it is where a type is expected");
    }
    if matches!(last_word(&head), "from" | "import") || statement.starts_with("import ") {
        return by_hand("it names a module");
    }
    let name = spot.variable;
    let read = format!("process.env.{name} ?? (() => {{ throw new Error(\"{name} is not set\"); }})()");
    let inside = format!("({read})");
    let reading = EnvironmentReading { alone: &read, inside: &inside, join: " + " };
    let note = "process.env is that of a server; a bundler would put the value into what browsers load";
    Ok(Rewrite { edits: vec![found.replaced(&reading)?], note: Some(note.to_owned()), ..Rewrite::default() })
}
