//! Why a decision found nothing.
//!
//! # Design
//!
//! The functions that decide return one of these in place of "nothing", so that an explanation is the decision itself and
//! cannot differ from it. A scan drops them. They are numbers, copied and never computed for their own sake: what an
//! explanation says beyond that (how near a pattern came, what the judge weighed) is worked out from them afterwards, in
//! [`trace`](super).

use crate::model::Span;
use crate::scan::generic::Features;

/// Why a decision at a literal found nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    /// It ended before it began: a look at the bytes beside the literal was enough.
    Dismissed(Dismissal),
    /// The rule's regex has no match around the literal.
    NoMatch,
    /// Nothing that the parser reads follows, or what does is no value.
    NoValue,
    /// There is a value, and what it looks like rules it out.
    Value(Veto),
    /// The judge gives it less than the least probability that any place could make worth a look.
    Unlikely(Features),
    /// It is base64 that decodes to this by chance: what is around it is no text.
    NotInText,
    /// A rule that this one requires has no match near.
    Alone,
}

/// Why a literal is not worth a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dismissal {
    /// Only the first bytes of the literal are there.
    Incomplete,
    /// The bytes are no encoded form of the literal where they are.
    Misaligned,
    /// The blob is no text, and the rule reads only text.
    NoText,
    /// Bytes that every match of the rule's regex contains are not near.
    NoStretch,
    /// The word is a part of another word.
    NoName,
    /// The name is about a secret (`token_url`, `key_id`).
    About,
    /// The name is of something public or encrypted (`public_key`).
    Shown,
    /// The name points at where a secret is (`secretKeyRef`).
    Pointer,
    /// No value is assigned to the name.
    Unassigned,
    /// It announces nothing here: no program, call, directive or document begins with it.
    Unannounced,
    /// It is in another context than a name (a type, a declaration, a reference).
    OtherContext,
}

/// What rules a value out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Veto {
    /// It is empty.
    Empty,
    /// It has fewer bytes than any secret.
    Short,
    /// It has less entropy than the rule asks for, in bits a byte.
    Entropy {
        /// What it has.
        has: f32,
        /// What it needs.
        least: f32,
    },
    /// It is a published example.
    Published,
    /// It is put in place of a secret, to be filled in.
    Placeholder,
    /// It contains control characters.
    Control,
    /// It is code.
    Code,
    /// It refers to a secret that is elsewhere, or is ciphertext.
    Reference,
    /// It is a value of another kind.
    Other(OtherKind),
    /// It repeats its name.
    OwnName,
    /// It is a word for a password.
    Word,
    /// It is a word or words of a sentence.
    Prose,
    /// It has a scheme, and the credentials after it have a literal of their own.
    Scheme,
    /// It is the public id of a key.
    KeyId,
    /// It is a cookie that has been taken back.
    SpentCookie,
    /// It is what such a name has besides secrets: a mechanism, a signature of code, a fingerprint.
    OfName,
    /// It is a piece of a line that encodes something else.
    EncodedLine,
    /// It is not the base64 that it is declared to be, or does not decode to one line.
    Encoding,
}

/// What kind of value it is that is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKind {
    /// A type, a state or a protocol.
    Word,
    /// Markup that was escaped twice.
    Markup,
    /// A URL.
    Url,
    /// The path of a file.
    Path,
    /// An e-mail address.
    Address,
    /// A number, a date, a version, a colour.
    Number,
    /// A regex or a glob.
    Pattern,
    /// The name of a host.
    Host,
    /// A sentence.
    Sentence,
    /// An algorithm, a permission, a constant, a message of validation, and the like.
    Technical,
}

/// What a decision found to be no secret.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scan) struct Rejected {
    /// Why.
    pub(in crate::scan) why: Rejection,
    /// The name, if one was read.
    pub(in crate::scan) name: Option<Span>,
    /// The value, if one was read.
    pub(in crate::scan) value: Option<Span>,
}

impl Rejected {
    /// Rejected without a name or a value.
    pub(in crate::scan) fn bare(why: Rejection) -> Self {
        Self { why, name: None, value: None }
    }
}

impl From<Dismissal> for Rejection {
    fn from(why: Dismissal) -> Self {
        Self::Dismissed(why)
    }
}

impl From<Veto> for Rejection {
    fn from(why: Veto) -> Self {
        Self::Value(why)
    }
}
