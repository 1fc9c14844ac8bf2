//! What is to be looked at in an event: texts, and the files that are about to be read.

use super::seen::{EventText, FileRead, Seen};
use super::table::{Assistant, Content, EventRow, Phase, Row};
use super::{mention, shell, tool};
use serde_json::Value;
use std::path::PathBuf;

/// An event, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name that the assistant gives it; empty if it has none.
    pub name: String,
    /// When it comes.
    pub phase: Phase,
    /// The working directory, if the event names one.
    pub folder: Option<PathBuf>,
    /// Where texts without a path are, as in "in the prompt".
    pub subject: String,
    /// The texts.
    pub texts: Vec<EventText>,
    /// The files.
    pub reads: Vec<FileRead>,
    /// What was expected and is missing or has another type, as clauses.
    pub problems: Vec<String>,
    /// Where in the event the tool's input or output is, as a JSON pointer, if it could be replaced.
    pub replaceable: Option<&'static str>,
}

/// Whose event it is, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The assistant; `None` if it is not known.
    pub assistant: Option<Assistant>,
    /// The event.
    pub event: Event,
}

impl Parsed {
    /// Reads an event. `named` is the assistant according to the command line.
    pub fn of(value: &Value, named: Option<Assistant>) -> Self {
        let seen = Assistant::of_event(value);
        // These two read each other's settings.
        let siblings = [Some(Assistant::Copilot), Some(Assistant::VsCode)];
        let assistant = match named {
            Some(_) if siblings.contains(&named) && siblings.contains(&seen) => seen,
            Some(named) => Some(named),
            None => seen,
        };
        let event = match assistant {
            Some(assistant) => Event::of(value, assistant.row()),
            None => Event::of_nobody(value),
        };
        Self { assistant, event }
    }
}

/// The first of these pointers that is there and is not null.
fn first<'v>(value: &'v Value, pointers: &[&'static str]) -> Option<(&'static str, &'v Value)> {
    let each = pointers.iter().filter_map(|pointer| Some((*pointer, value.pointer(pointer)?)));
    each.into_iter().find(|(_, value)| !value.is_null())
}

impl Event {
    fn empty(name: &str, phase: Phase) -> Self {
        Self {
            name: name.to_owned(),
            phase,
            folder: None,
            subject: "the event".to_owned(),
            texts: Vec::new(),
            reads: Vec::new(),
            problems: Vec::new(),
            replaceable: None,
        }
    }

    fn of(value: &Value, row: &Row) -> Self {
        let name = row.event_keys.iter().find_map(|key| value.get(*key)).and_then(Value::as_str);
        let name = name.or_else(|| (row.assistant == Assistant::Copilot).then(|| by_keys(value)).flatten());
        let known = row.events.iter().find(|event| name.is_some_and(|name| event.names.contains(&name)));
        let Some(known) = known else {
            let mut event = Self::of_nobody(value);
            event.name = name.unwrap_or_default().to_owned();
            event.folder = folder(value, row);
            event.problems = vec![match name {
                Some(_) => format!("{} has sent an event of a name that is not known", row.shown),
                None => format!("what came is no event of {}", row.shown),
            }];
            return event;
        };
        let mut event = Self::empty(name.unwrap_or_default(), known.phase);
        event.folder = folder(value, row);
        event.fill(value, known, row);
        event
    }

    /// An event of an assistant that is not known: every string counts.
    fn of_nobody(value: &Value) -> Self {
        let name =
            ["hook_event_name", "hookEventName", "event"].iter().find_map(|key| value.get(*key)?.as_str());
        let mut event = Self::empty(name.unwrap_or_default(), Phase::Before);
        event.texts = tool::every_string(value);
        event.folder = value.get("cwd").and_then(Value::as_str).map(PathBuf::from);
        event.problems =
            vec!["it is not known which assistant sent this event (`--for NAME` says so)".to_owned()];
        event
    }

    fn fill(&mut self, value: &Value, known: &EventRow, row: &Row) {
        match known.content {
            Content::Nothing => {}
            Content::Prompt { text, attachments } => {
                self.subject = "the prompt".to_owned();
                match first(value, text) {
                    Some((_, Value::String(text))) => {
                        self.reads.extend(mention::reads(text));
                        self.texts.push(EventText::plain(text));
                    }
                    found => self.expect_in_vain("the prompt", "a text", found.is_some()),
                }
                if let Some((_, value)) = first(value, attachments) {
                    self.attached(value);
                }
            }
            Content::Tool { name, input } => {
                let name = first(value, name).and_then(|(_, name)| name.as_str());
                if name.is_none() {
                    self.expect_in_vain("the tool's name", "a text", false);
                }
                let name = name.unwrap_or_default();
                self.subject = format!("the input of the tool `{name}`");
                match first(value, input) {
                    Some((pointer, input)) => {
                        self.replaceable = Some(pointer);
                        self.take(tool::look(name, &unpacked(input), row.first_line));
                    }
                    // A tool without parameters.
                    None if input.iter().any(|pointer| value.pointer(pointer).is_some()) => {}
                    None => self.expect_in_vain("the tool's input", "there", false),
                }
            }
            Content::Shell(pointer) => self.fixed(value, pointer, "the command", tool::command),
            Content::Read(pointer) => {
                let first_line = row.first_line;
                self.fixed(value, pointer, "the file", |input| tool::read(input, first_line));
            }
            Content::Edit(pointer) => self.fixed(value, pointer, "the edit", tool::edit),
            Content::WholeFile => {
                self.fixed(value, "", "the file", tool::content);
                if let Some(value) = value.get("attachments") {
                    self.attached(value);
                }
            }
            Content::Output(pointers) => {
                self.subject = "what the tool returned".to_owned();
                let found = pointers.iter().filter_map(|pointer| Some((*pointer, value.pointer(pointer)?)));
                let found: Vec<_> = found.collect();
                if found.is_empty() {
                    self.expect_in_vain("what the tool returned", "there", false);
                }
                self.replaceable = found.first().map(|(pointer, _)| *pointer);
                for (_, value) in found {
                    self.texts.extend(tool::output(&unpacked(value)));
                }
            }
            Content::Request(pointer) => {
                self.subject = "the request".to_owned();
                self.replaceable = Some(pointer);
                match value.pointer(pointer) {
                    Some(value) => self.texts.extend(tool::every_string(value)),
                    None => self.expect_in_vain("the request", "there", false),
                }
            }
        }
    }

    fn fixed(
        &mut self,
        value: &Value,
        pointer: &'static str,
        subject: &str,
        look: impl FnOnce(&Value) -> Option<Seen>,
    ) {
        self.subject = subject.to_owned();
        match value.pointer(pointer).and_then(look) {
            Some(seen) => self.take(seen),
            None => {
                self.texts.extend(tool::every_string(value));
                self.expect_in_vain(subject, "as documented", true);
            }
        }
    }

    fn take(&mut self, seen: Seen) {
        let Seen { texts, reads, problems } = seen;
        self.texts.extend(texts);
        self.reads.extend(reads);
        self.problems.extend(problems);
    }

    /// True if `assistant` goes on with something else at [`Event::replaceable`], if it is given that.
    pub fn can_be_replaced_in(&self, assistant: Option<Assistant>) -> bool {
        self.replaceable.is_some() && super::reply::can_replace(assistant, &self.name)
    }

    /// The files that are attached to a prompt: paths, or objects that contain one.
    fn attached(&mut self, value: &Value) {
        for path in tool::paths_within(value) {
            self.reads.push(FileRead { path: shell::as_path(&path), lines: None, is_guess: false });
        }
        self.texts.extend(tool::every_string(value));
    }

    fn expect_in_vain(&mut self, what: &str, wanted: &str, is_there: bool) {
        let is = if is_there { "is not" } else { "is missing, or is not" };
        self.problems.push(format!("{what} {is} {wanted} in the event"));
    }
}

/// The name of an event of Copilot that has none.
fn by_keys(value: &Value) -> Option<&'static str> {
    let has = |key: &str| value.get(key).is_some();
    if has("toolResult") {
        Some("postToolUse")
    } else if has("toolName") {
        Some("preToolUse")
    } else if has("prompt") {
        Some("userPromptSubmitted")
    } else if has("source") || has("initialPrompt") {
        Some("sessionStart")
    } else if has("reason") {
        Some("sessionEnd")
    } else {
        has("error").then_some("errorOccurred")
    }
}

fn folder(value: &Value, row: &Row) -> Option<PathBuf> {
    first(value, row.folders).and_then(|(_, folder)| folder.as_str()).map(shell::as_path)
}

/// The value that a string contains as JSON, if it is an object or a list; else the value itself.
fn unpacked(value: &Value) -> Value {
    let inner = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    match inner {
        Some(inner @ (Value::Object(_) | Value::Array(_))) => inner,
        _ => value.clone(),
    }
}
