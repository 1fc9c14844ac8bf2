//! What a CI says about the change that it runs for: the provider, what happened, the commits and branches.
//!
//! A provider is a row of a table ([`providers`]), an event is a row of its provider. Nothing here opens a repository
//! or decides what is scanned: [`Event`] is plain data. What is scanned for it, and which commit is trusted as a base, is
//! decided in `src/commands/ci.rs`.
//!
//! # Design
//!
//! Everything in an event may be chosen by the author of the pull request. So a commit must be hexadecimal digits and a
//! branch a name that git allows. Anything else is an [`Error`], and so is an event without a field that its kind
//! always has. No value is passed to a shell.

mod error;
mod fetch;
mod field;
mod providers;

pub use error::Error;
pub use fetch::{Depth, fetch, file as fetch_file};
pub use field::Variables;

use field::{Field, FieldReader};
use providers::{PROVIDERS, Provider, Row, When};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A request to merge commits: a pull request, a merge request, a group in a merge queue.
    Request,
    /// A branch was pushed, or a build of it was started by a push.
    Push,
    /// A tag was pushed.
    Tag,
    /// A branch or a tag was deleted.
    Deletion,
    /// A scheduled run.
    Schedule,
    /// A run started by hand, or by something other than a change.
    Manual,
}

impl EventKind {
    /// The kind in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "pull request",
            Self::Push => "push",
            Self::Tag => "tag",
            Self::Deletion => "deletion",
            Self::Schedule => "schedule",
            Self::Manual => "run without a change",
        }
    }
}

/// The commit that a CI names as the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// It names none.
    Unknown,
    /// It says that nothing was there before: an id of zeros.
    Nothing,
    /// The digits of its id, seven at least.
    Commit(String),
}

/// What a CI says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The provider's name.
    pub provider: &'static str,
    /// What happened.
    pub kind: EventKind,
    /// What was before.
    pub base: Base,
    /// The commit that is scanned: the digits of its id, or `HEAD`.
    pub head: String,
    /// The branch that a request is to be merged into, or the branch or tag that was pushed: a short name.
    pub branch: Option<String>,
    /// The repository's default branch: a short name.
    pub default_branch: Option<String>,
    /// The ref under which the provider publishes the head, for a fetch.
    pub head_ref: Option<String>,
    /// How to have the provider fetch the whole history, as the end of a sentence.
    pub remedy: &'static str,
}

impl Event {
    /// True if a CI's variables are there, false for a clone of a person's own.
    pub fn is_of_provider(&self) -> bool {
        self.provider != providers::GIT.name
    }

    /// Reads what the CI says in its variables and in the files that these name.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn read(variables: &Variables<'_>) -> Result<Self, Error> {
        let reader = FieldReader::new(variables);
        let provider = provider(&reader)?;
        let mut of_event = None;
        for row in provider.rows {
            if holds(&reader, row.when)? {
                of_event = Some(row);
                break;
            }
        }
        let row = of_event.unwrap_or(&providers::PLAIN);
        Ok(Self {
            provider: provider.name,
            kind: row.kind,
            base: base(&reader, row)?,
            head: commit(&reader, row.head)?.unwrap_or_else(|| "HEAD".to_owned()),
            branch: branch(&reader, row.kind, row.branch)?,
            default_branch: branch(&reader, EventKind::Push, provider.default_branch)?,
            head_ref: head_ref(&reader, provider, row)?,
            remedy: provider.remedy,
        })
    }
}

/// The first provider whose variables are there; plain git if none is.
fn provider(reader: &FieldReader<'_>) -> Result<&'static Provider, Error> {
    for provider in PROVIDERS {
        if holds(reader, provider.when)? {
            return Ok(provider);
        }
    }
    Ok(&providers::GIT)
}

fn holds(reader: &FieldReader<'_>, all: &[When]) -> Result<bool, Error> {
    for one in all {
        let holds = match one {
            When::Set(field) => reader.value(*field)?.is_some_and(|value| !is_no(&value)),
            When::Is(field, wanted) => {
                reader.value(*field)?.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
            }
            When::Begins(field, start) => reader.value(*field)?.is_some_and(|value| value.starts_with(start)),
            When::Zero(field) => reader.value(*field)?.is_some_and(|value| is_zero(&value)),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How providers write that there is no pull request.
fn is_no(value: &str) -> bool {
    value.eq_ignore_ascii_case("false")
}

fn base(reader: &FieldReader<'_>, row: &Row) -> Result<Base, Error> {
    for &field in row.base {
        match reader.text(field)? {
            Some(text) if is_zero(&text) => return Ok(Base::Nothing),
            Some(text) => return Ok(Base::Commit(id(field, text)?)),
            None => {}
        }
    }
    missing(row.base)?;
    Ok(Base::Unknown)
}

fn commit(reader: &FieldReader<'_>, fields: &[Field]) -> Result<Option<String>, Error> {
    for &field in fields {
        match reader.text(field)? {
            // Buildkite's word for what is checked out.
            Some(text) if text == "HEAD" && matches!(field, Field::Var(_)) => return Ok(Some(text)),
            Some(text) => return id(field, text).map(Some),
            None => {}
        }
    }
    missing(fields)?;
    Ok(None)
}

/// Refuses an event without a field that each of its kind has.
fn missing(fields: &[Field]) -> Result<(), Error> {
    match fields.iter().find(|field| field.is_promised()) {
        Some(field) => Err(Error::Missing { field: field.to_string() }),
        None => Ok(()),
    }
}

fn id(field: Field, text: String) -> Result<String, Error> {
    let is_id = (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id && !is_zero(&text) { Ok(text) } else { Err(Error::NoCommit { field: field.to_string() }) }
}

fn is_zero(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte == b'0')
}

/// The short name of a branch, or of a tag if that is what was pushed.
fn branch(reader: &FieldReader<'_>, kind: EventKind, fields: &[Field]) -> Result<Option<String>, Error> {
    for &field in fields {
        if let Some(text) = reader.text(field)? {
            let start = if kind == EventKind::Tag { "refs/tags/" } else { "refs/heads/" };
            let short = text.strip_prefix(start).unwrap_or(&text);
            let is_name = is_branch(short);
            return if is_name {
                Ok(Some(short.to_owned()))
            } else {
                Err(Error::NoBranch { field: field.to_string() })
            };
        }
    }
    Ok(None)
}

/// True for what `git check-ref-format` takes as the name of a branch.
fn is_branch(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_barred = |letter: char| letter.is_control() || " ~^:?*[\\".contains(letter);
    !name.is_empty()
        && name.len() <= 1024
        && name != "@"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(is_barred)
        && name.split('/').all(is_part)
}

fn head_ref(reader: &FieldReader<'_>, provider: &Provider, row: &Row) -> Result<Option<String>, Error> {
    if row.kind != EventKind::Request {
        return Ok(None);
    }
    let Some((before, after)) = provider.request_ref else { return Ok(None) };
    for &field in row.number {
        if let Some(number) = reader.value(field)? {
            let is_number = number.len() <= 20 && number.bytes().all(|byte| byte.is_ascii_digit());
            return if is_number {
                Ok(Some(format!("{before}{number}{after}")))
            } else {
                Err(Error::NoNumber { field: field.to_string() })
            };
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
