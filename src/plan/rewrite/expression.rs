//! A literal becomes an expression that reads the environment: what is the same in every language.

use super::lexer::{Dialect, Lexed, Piece, PieceKind};
use super::{ByHand, Edit, Spot, by_hand};
use crate::model::Span;

/// In how many brackets a literal may be: what is before each of them is looked at.
const DEEPEST: usize = 100;

/// Functions that read a variable of the environment, and take what it falls back to.
const LOOK_UPS: [&str; 5] = ["env", "getenv", "Getenv", "getEnv", "GetEnvironmentVariable"];

/// The same, where the name alone says little.
const LOOK_UP_CALLS: [&str; 4] = ["environ.get", "environ.setdefault", "ENV.fetch", "getenv().getOrDefault"];

/// How a language reads a variable.
pub(super) struct EnvironmentReading<'a> {
    /// The expression, as it may be used where nothing is around it.
    pub(super) alone: &'a str,
    /// The same as part of a larger expression.
    pub(super) inside: &'a str,
    /// What joins two texts.
    pub(super) join: &'a str,
}

/// A literal that contains the secret.
pub(super) struct FoundLiteral<'l, 'a> {
    pub(super) lexed: &'l Lexed<'a>,
    pub(super) piece: Piece,
    span: Span,
}

impl<'l, 'a> FoundLiteral<'l, 'a> {
    /// The plain literal around the secret, if what is around it is known.
    pub(super) fn of(lexed: &'l Lexed<'a>, span: Span) -> Result<Self, ByHand> {
        if lexed.broken_at.is_some_and(|broken| broken < span.end) {
            return by_hand("a literal before this one is written in a way that is not understood");
        }
        let Some(piece) = lexed.around(span) else {
            return by_hand("it is not in a literal");
        };
        if lexed.open_brackets(piece.span.start).len() > DEEPEST {
            return by_hand("it is in more brackets than anybody writes");
        }
        match piece.kind {
            PieceKind::Comment => by_hand("it is in a comment: delete it there"),
            PieceKind::Template => {
                by_hand("the literal goes over several lines, or something else is computed in it")
            }
            PieceKind::Other => by_hand("it is in a heredoc, a regular expression or the like"),
            PieceKind::Plain if piece.content.start > span.start || piece.content.end < span.end => {
                by_hand("it is not between the quotes of its literal")
            }
            PieceKind::Plain => Ok(Self { lexed, piece: *piece, span }),
        }
    }

    /// The last character of code before the literal, and the text up to it.
    pub(super) fn before(&self) -> (char, String) {
        let code = self.lexed.code_before(self.piece.span.start);
        let code = code.trim_end();
        (code.chars().next_back().unwrap_or('\n'), code.to_owned())
    }

    /// What follows on the same line, without a comment; `\n` if nothing does.
    pub(super) fn after(&self) -> (char, &'a str) {
        let text: &str = self.lexed.text;
        let rest = &text[self.piece.span.end..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let line = match self.lexed.pieces.iter().find(|one| one.span.start >= self.piece.span.end) {
            Some(next)
                if next.kind == PieceKind::Comment && next.span.start < self.piece.span.end + line.len() =>
            {
                &line[..next.span.start - self.piece.span.end]
            }
            _ => line,
        };
        let line = line.trim();
        (line.chars().next().unwrap_or('\n'), line)
    }

    /// Refuses places at which an expression could mean something else: beside another literal, as a key, after words.
    pub(super) fn refuse_odd_places(&self) -> Result<(), ByHand> {
        let (before, code) = self.before();
        let word = code.rsplit(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or_default();
        if !"=(,[{:+.?>".contains(before) && word != "return" {
            return by_hand("what is before the literal is not understood");
        }
        let (after, line) = self.after();
        if !",)]};+.\n".contains(after) && !line.starts_with("==") && !line.starts_with("!=") {
            return by_hand("what is after the literal is not understood");
        }
        if before == ',' && self.is_in_look_up() {
            return by_hand(
                "it is what a variable falls back to that is read already: take the fallback away",
            );
        }
        // A literal right after it, on the next line, would be joined to it.
        let rest = self.lexed.text[self.piece.span.end..].trim_start();
        let next = self.lexed.text.len() - rest.len();
        if self.lexed.pieces.iter().any(|one| one.span.start == next && one.kind != PieceKind::Comment) {
            return by_hand("the literal is joined to the one after it");
        }
        Ok(())
    }

    /// True if the literal is in the brackets of a call that reads the environment: there a second reading would be made even if
    /// the first has a value.
    fn is_in_look_up(&self) -> bool {
        let open = self.lexed.open_brackets(self.piece.span.start);
        let innermost = open.iter().max_by_key(|(_, at)| *at);
        innermost.is_some_and(|(bracket, at)| {
            let code = self.lexed.code_before(*at).trim_end().to_owned();
            *bracket == '('
                && (LOOK_UPS.contains(&last_word(&code))
                    || LOOK_UP_CALLS.iter().any(|call| code.ends_with(call)))
        })
    }

    /// True if nothing around the literal could take a part of an expression that is in its place.
    fn is_alone(&self) -> bool {
        let (before, code) = self.before();
        let (after, _) = self.after();
        let is_return = code.ends_with("return");
        // A comparison binds closer than what is in the place of the literal.
        if ["==", "!=", "<=", ">="].iter().any(|compares| code.ends_with(compares)) {
            return false;
        }
        (is_return || "=(,[{:>".contains(before)) && ",)]};\n".contains(after)
    }

    /// The edit that puts `reading` in the place of the secret.
    pub(super) fn replaced(&self, reading: &EnvironmentReading<'_>) -> Result<Edit, ByHand> {
        let Piece { span, content, .. } = self.piece;
        let is_alone = self.is_alone();
        if content == self.span {
            let with = if is_alone { reading.alone } else { reading.inside };
            return Ok(Edit::new(span.start, span.end, with));
        }
        let text: &str = self.lexed.text;
        let (head, tail) = (&text[content.start..self.span.start], &text[self.span.end..content.end]);
        if head.len() - head.trim_end_matches('\\').len() > 0 {
            return by_hand("a backslash is before it");
        }
        let (open, close) = (&text[span.start..content.start], &text[content.end..span.end]);
        let mut parts = Vec::new();
        if !head.is_empty() {
            parts.push(format!("{open}{head}{close}"));
        }
        parts.push(reading.inside.to_owned());
        if !tail.is_empty() {
            parts.push(format!("{open}{tail}{close}"));
        }
        let whole = parts.join(reading.join);
        Ok(Edit::new(span.start, span.end, if is_alone { whole } else { format!("({whole})") }))
    }

    /// True if the literal is in a bracket whose code before it ends with what `is_it` accepts.
    pub(super) fn is_within(&self, is_it: impl Fn(char, &str) -> bool) -> bool {
        let open = self.lexed.open_brackets(self.piece.span.start);
        open.iter().any(|(bracket, at)| is_it(*bracket, self.lexed.code_before(*at).trim_end()))
    }
}

/// The cut-up text of a spot.
pub(super) fn cut<'a>(dialect: Dialect, spot: &Spot<'a>) -> Lexed<'a> {
    Lexed::of(dialect, spot.text)
}

/// The last word of some code.
pub(super) fn last_word(code: &str) -> &str {
    code.rsplit(|one: char| !one.is_alphanumeric() && one != '_').next().unwrap_or_default()
}
