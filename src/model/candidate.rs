//! The result of detection: a rule that matched at one span of one blob.

use super::place::unpacked;
use super::{Fact, Location, Place, RuleIndex, Score, Secret, Source, Span};
use std::sync::Arc;

/// A rule's match at some span, with all that judging needs, copied while the blob was in memory.
/// Offsets in it are relative to the match's start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// The rule.
    pub rule: RuleIndex,
    /// Length of the match in the blob, in bytes.
    pub len: usize,
    /// Where in the match the secret is (or the encoded run that contains it), relative to the match's start.
    pub secret_at: Span,
    /// The secret.
    pub secret: Secret,
    /// The name the value was assigned to, as written, if there is one.
    pub identifier: Option<Box<str>>,
    /// How the value was written.
    pub form: Form,
    /// What the offline check said.
    pub check: Check,
    /// What the offline check learnt: account, expiry, key type.
    pub facts: Vec<Fact>,
    /// How likely this is a secret, judged from rule, identifier and value alone.
    pub score: Score,
    /// What it is worth to anyone who reads it.
    pub worth: Worth,
    /// The decodings that led to the secret, outermost first.
    pub decoded_by: Vec<Decoding>,
    /// What the judge of assignments knew besides name, form and secret.
    pub basis: Basis,
    /// The lines around.
    pub context: Context,
    /// Where in a container it is, if it is in one.
    pub inside: Option<Arc<Inside>>,
    /// What is near it and belongs to it, of the companions that its rule names.
    pub companions: Vec<Companion>,
}

/// A companion of a secret at one of its places.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Companion {
    /// The name that the rule gives it.
    pub name: Box<str>,
    /// It; `None` if several values near the secret may be it.
    pub value: Option<Secret>,
}

/// A place inside a blob that is a container (an archive, a compressed file, a document). Offsets in the candidate are
/// those in the member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inside {
    /// The member's path, with `!` between a container and what is inside it: `b/c.env`, `inner.zip!c.env`. Its first part is
    /// empty if that is the content of a compressed file whose path is not known.
    pub path: Arc<str>,
    /// The location in the member, or in its path.
    pub location: Location,
    /// True if the secret is in the member's name.
    pub is_name: bool,
}

impl Inside {
    /// The place of this in a container that is at `outer`.
    pub fn at(&self, outer: &Place) -> Place {
        let container = match (&outer.path, &outer.source) {
            (Some(path), _) => path,
            (None, Source::Stdin) => "-",
            (None, _) => "",
        };
        // Of a compressed file without an own name for its content, whose name was not known when it was opened.
        let is_nameless = self.path.is_empty() || self.path.starts_with('!');
        let name = if is_nameless { unpacked(container) } else { String::new() };
        let path = Some(format!("{container}!{name}{}", self.path).into());
        let source = if self.is_name { outer.source.name_in() } else { outer.source.clone() };
        Place { path, source }
    }
}

impl Candidate {
    /// The text of the match, from the lines that are kept of it; all of them if it is not there as it was found.
    /// `location` is that of the secret.
    pub fn matched(&self, location: &Location) -> Vec<u8> {
        let lines = self.context.lines.join(&b'\n');
        let secret = self.secret.expose();
        let at_column = usize::try_from(location.column).unwrap_or(usize::MAX).saturating_sub(1);
        let is_there = lines.get(at_column..).is_some_and(|rest| rest.starts_with(secret));
        let found = || lines.windows(secret.len().max(1)).position(|there| there == secret);
        let secret_at = if is_there { Some(at_column) } else { found() };
        let start = secret_at.and_then(|at| at.checked_sub(self.secret_at.start));
        let whole = start.and_then(|start| lines.get(start..lines.len().min(start + self.len)));
        whole.map(<[u8]>::to_vec).unwrap_or(lines)
    }
}

/// What the judge of assignments knew of a candidate besides its name, form and secret, packed so that it can judge
/// again; zero for a candidate of another rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Basis(pub u16);

/// A candidate at a place in a blob.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Offset of the match's first byte in the blob (or in the piece of it that was scanned).
    pub start: usize,
    /// What was found.
    pub candidate: Arc<Candidate>,
}

impl Found {
    /// The match's span.
    pub fn span(&self) -> Span {
        Span::new(self.start, self.start + self.candidate.len)
    }

    /// The span of the secret (or of the encoded run that contains it).
    pub fn secret_span(&self) -> Span {
        self.candidate.secret_at.shifted(self.start)
    }
}

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Found by its own shape, whatever is around it.
    Token,
    /// Between quotes, as the value of an assignment or argument.
    Quoted,
    /// Without quotes, as the value of an assignment. Source code in most languages, a value in others.
    Bare,
    /// On the following line or lines (a YAML block, a continued string).
    Block,
    /// An argument of a call or setter.
    Call,
    /// The text of an XML element or attribute.
    Markup,
    /// Userinfo of a URL, a flag on a command line, a header.
    Inline,
    /// At a place for passwords only: beside the login it belongs to, as the argument of a call or a program that
    /// takes one, after a server's directive, in a table's column that is headed so.
    Login,
    /// Under a name of any kind, in a document that declares that it contains secrets.
    Declared,
    /// At its position on a line, in a file that consists of such lines.
    Position,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Token,
        Self::Quoted,
        Self::Bare,
        Self::Block,
        Self::Call,
        Self::Markup,
        Self::Inline,
        Self::Login,
        Self::Declared,
        Self::Position,
    ];
}

/// What a secret is worth to anyone who reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worth {
    /// As much as what it opens.
    #[default]
    Whole,
    /// Anyone would try it (`admin`, `secret123`): a leak only in a file that contains the password in use.
    Guessable,
    /// It is the hash of a password, which has to be guessed first: a leak only in a file of accounts.
    Hash,
}

impl Worth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Guessable, Self::Hash];
}

/// What an offline check said of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The rule names no check, or the check had nothing to go by.
    None,
    /// It holds: the secret is what it looks like.
    Holds,
    /// It fails, but some real tokens of this kind (older forms) fail it too.
    Fails,
    /// It fails, and every real token of this kind passes: not a secret. It keeps its span, so that the generic rule
    /// does not report it again.
    Refuted,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Holds, Self::Fails, Self::Refuted];
}

/// A way a secret was encoded where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decoding {
    /// Base64, either alphabet.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// Percent-encoding.
    Percent,
    /// Backslashes before slashes, as some writers of JSON put them.
    Escaped,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-32, little-endian.
    Utf32Le,
    /// UTF-32, big-endian.
    Utf32Be,
}

impl Decoding {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Base64,
        Self::Hex,
        Self::Percent,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Utf32Le,
        Self::Utf32Be,
        Self::Escaped,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Percent => "percent",
            Self::Escaped => "escaped",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Utf32Le => "utf-32le",
            Self::Utf32Be => "utf-32be",
        }
    }
}

/// The lines around a match, without line ends, each cut at 512 bytes (the lines of the match are cut around it).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    /// Up to two lines above, the farther one first.
    pub above: Vec<Box<[u8]>>,
    /// The line on which the match starts, and the line on which it ends if that is another one.
    pub lines: Vec<Box<[u8]>>,
    /// Up to two lines below, the nearer one first.
    pub below: Vec<Box<[u8]>>,
}
