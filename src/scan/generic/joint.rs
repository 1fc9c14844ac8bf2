//! How a name and its value are joined, and where the value starts.

/// How a name is joined with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `=`, `:=`, `?=` and the like.
    Assign,
    /// `:`, `=>`, `->`.
    Colon,
    /// `==`, `!=`.
    Compare,
    /// `name("value")`.
    Call,
    /// `("name", "value")`.
    Argument,
    /// `<name>value</name>`.
    Markup,
    /// `--name value`.
    Flag,
    /// `NAME 'value'`, `name value` in a file of directives.
    Space,
    /// `the name is value`, and other sentences that say so.
    Prose,
    /// The indented lines below `name: |`.
    Block,
}

/// What ends a value without quotes, besides what always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nothing else.
    Usual,
    /// A percent sign: the value is in a text that is percent-encoded.
    Percent,
    /// The next escape, which begins with a backslash or an ampersand.
    Escape,
}

/// Where a value starts, and how it is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Join {
    /// Offset of the value's first byte.
    pub at: usize,
    /// How.
    pub joint: Joint,
    /// True if the value is on the line after the name.
    pub next_line: bool,
    /// True if the name is in quotes.
    pub quoted: bool,
    /// What ends the value.
    pub stop: Stop,
}

impl Join {
    /// A join with a value that starts at `at`.
    pub(super) const fn new(joint: Joint, at: usize, quoted: bool) -> Self {
        Self { at, joint, next_line: false, quoted, stop: Stop::Usual }
    }
}
