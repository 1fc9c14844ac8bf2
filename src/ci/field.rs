//! Where a value is read from: a variable, the event's JSON, a file of properties.

use super::Error;
use crate::regular_file;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// How variables are looked up.
pub type Variables<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The most bytes of an event that are read; GitHub's own limit is 25 MB.
const LARGEST: u64 = 64 << 20;

/// The variable that names GitHub's event.
const EVENT: &str = "GITHUB_EVENT_PATH";
/// The variable that names TeamCity's properties of the build.
const BUILD: &str = "TEAMCITY_BUILD_PROPERTIES_FILE";
/// The property that names those of the configuration, in which pull requests are.
const CONFIGURATION: &str = "teamcity.configuration.properties.file";

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// An environment variable.
    Var(&'static str),
    /// What is before the dots in a variable that has a range, `a...b`.
    From(&'static str),
    /// A place in the event's JSON (RFC 6901) that each event of the kind has.
    Event(&'static str),
    /// One that an event may lack.
    Maybe(&'static str),
    /// A property of TeamCity's.
    Property(&'static str),
}

impl Field {
    /// True if it is an error that it is not there.
    pub(super) fn is_promised(self) -> bool {
        matches!(self, Self::Event(_))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Var(name) | Self::From(name) => out.write_str(name),
            Self::Event(place) | Self::Maybe(place) => {
                write!(out, "`{}` of the event", &place[1..].replace('/', "."))
            }
            Self::Property(name) => write!(out, "the property {name}"),
        }
    }
}

/// Reads fields; files once.
pub(super) struct FieldReader<'a> {
    variables: &'a Variables<'a>,
    event: OnceCell<Value>,
    properties: OnceCell<BTreeMap<String, String>>,
}

impl<'a> FieldReader<'a> {
    pub(super) fn new(variables: &'a Variables<'a>) -> Self {
        Self { variables, event: OnceCell::new(), properties: OnceCell::new() }
    }

    /// The value as a text; a number or a truth value as it is written. Nothing if it is not there or empty.
    pub(super) fn value(&self, field: Field) -> Result<Option<String>, Error> {
        let found = match field {
            Field::Event(place) | Field::Maybe(place) => match self.event()?.pointer(place) {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Bool(is)) => Some(is.to_string()),
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::Array(_) | Value::Object(_)) => {
                    return Err(Error::Type { field: field.to_string() });
                }
            },
            Field::Var(name) => self.variable(name)?,
            Field::From(name) => {
                let range = self.variable(name)?;
                range.and_then(|range| range.split_once("..").map(|(from, _)| from.to_owned()))
            }
            Field::Property(name) => self.properties()?.get(name).cloned(),
        };
        Ok(found.filter(|value| !value.is_empty()))
    }

    /// The same, which has to be a text.
    pub(super) fn text(&self, field: Field) -> Result<Option<String>, Error> {
        if let Field::Event(place) | Field::Maybe(place) = field
            && matches!(self.event()?.pointer(place), Some(Value::Bool(_) | Value::Number(_)))
        {
            return Err(Error::Type { field: field.to_string() });
        }
        self.value(field)
    }

    fn variable(&self, name: &'static str) -> Result<Option<String>, Error> {
        match (self.variables)(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(Error::NotText { name }),
        }
    }

    fn event(&self) -> Result<&Value, Error> {
        if let Some(event) = self.event.get() {
            return Ok(event);
        }
        let path = (self.variables)(EVENT).filter(|path| !path.is_empty());
        let path = PathBuf::from(path.ok_or(Error::NotSet { name: EVENT })?);
        let bytes = regular_file::read(&path, LARGEST);
        let bytes = bytes.map_err(|source| Error::File { path: path.clone(), name: EVENT, source })?;
        let event: Value = serde_json::from_slice(&bytes).map_err(|error| Error::Json {
            path: path.clone(),
            name: EVENT,
            line: error.line(),
        })?;
        if !event.is_object() {
            return Err(Error::Json { path, name: EVENT, line: 1 });
        }
        Ok(self.event.get_or_init(|| event))
    }

    fn properties(&self) -> Result<&BTreeMap<String, String>, Error> {
        if let Some(properties) = self.properties.get() {
            return Ok(properties);
        }
        let mut all = BTreeMap::new();
        let path = (self.variables)(BUILD).filter(|path| !path.is_empty());
        if let Some(path) = path {
            all = properties_of(PathBuf::from(path))?;
            if let Some(path) = all.get(CONFIGURATION).filter(|path| !path.is_empty()) {
                all.extend(properties_of(PathBuf::from(path))?);
            }
        }
        Ok(self.properties.get_or_init(|| all))
    }
}

/// A file of Java's properties: `key=value`, with `\` before what is meant as it is written.
fn properties_of(path: PathBuf) -> Result<BTreeMap<String, String>, Error> {
    let bytes = regular_file::read(&path, LARGEST);
    let bytes = bytes.map_err(|source| Error::File { path, name: BUILD, source })?;
    let text = String::from_utf8_lossy(&bytes);
    let mut all = BTreeMap::new();
    for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with(['#', '!'])) {
        let (mut key, mut value, mut in_key, mut is_escaped) = (String::new(), String::new(), true, false);
        for letter in line.chars() {
            match letter {
                '\\' if !is_escaped => {
                    is_escaped = true;
                    continue;
                }
                '=' | ':' if in_key && !is_escaped => in_key = false,
                letter if in_key => key.push(letter),
                letter => value.push(letter),
            }
            is_escaped = false;
        }
        all.insert(key.trim_end().to_owned(), value.trim_start().to_owned());
    }
    Ok(all)
}
