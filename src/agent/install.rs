//! The settings files of assistants: our entry put in, taken out, and found.
//!
//! # Design
//!
//! A settings file belongs to somebody else. Only our entries are changed, in the text; the rest keeps its bytes. What
//! is no plain JSON (comments, an unexpected shape) is not touched, and the error says what to put in by hand. The
//! command has the absolute path of the program: an assistant started from a desktop has another PATH, and a program
//! that is not found lets everything pass.

use super::json_text::{JsonNode, JsonText};
use super::settings_files::{FileForm, SETTINGS, SettingsRow};
use super::table::Assistant;
use crate::atomic_file::{self, Access};
use crate::regular_file;
use crate::shown_path::shown_path;
use crate::update_lock::{self, UpdateLock};
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error as ThisError;

/// The largest settings file that is read, bytes.
const LARGEST: u64 = 64 << 20;

/// A line in our scripts.
const SCRIPT_MARK: &str = "# keydredge hook agent v1";

/// Lines around our part of a TOML file.
const TOML_START: &str = "# keydredge: begin";
const TOML_END: &str = "# keydredge: end";

/// What can go wrong.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A file could not be read, made or removed.
    #[error("{path} could not be {verb}", path = shown_path(.path))]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        verb: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The file is not what it should be, so nothing is changed in it.
    #[error("{path} {what}, so nothing was changed in it; put this in by hand:\n{entry}", path = shown_path(.path))]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong, as a predicate.
        what: String,
        /// What to put in.
        entry: String,
    },
    /// It is not known where the user's settings are.
    #[error("{variable} names no folder, so the place of the user's settings is not known")]
    NoHome {
        /// The variable.
        variable: &'static str,
    },
    /// The path of this program is not known, or is no text.
    #[error("the path of this program is not known, and the assistant needs it")]
    NoProgram,
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] atomic_file::Error),
    /// Another run is changing the file.
    #[error(transparent)]
    Lock(#[from] update_lock::Error),
}

/// Whose settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of the project with this top folder.
    Project(PathBuf),
    /// Those of the user.
    User,
}

/// What our entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentCommand {
    /// The program's absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl AgentCommand {
    /// The command for `assistant`, with more flags.
    pub fn new(program: PathBuf, assistant: Assistant, flags: &[&str]) -> Self {
        let first = ["hook", "agent", "--for", assistant.name()];
        Self { program, arguments: first.iter().chain(flags).map(|one| (*one).to_owned()).collect() }
    }

    /// As a line for a shell.
    fn line(&self) -> Result<String, Error> {
        let program = self.program.to_str().ok_or(Error::NoProgram)?;
        let is_plain = program.chars().all(|one| one.is_ascii_alphanumeric() || "/_-.+:@".contains(one));
        let program = match is_plain {
            true => program.to_owned(),
            false if cfg!(windows) => format!("\"{program}\""),
            false => format!("'{}'", program.replace('\'', "'\\''")),
        };
        Ok(format!("{program} {}", self.arguments.join(" ")))
    }

    /// The command in a line that [`AgentCommand::line`] wrote; `None` for any other.
    fn parse(line: &str) -> Option<Self> {
        let at = line.rfind(" hook agent")?;
        let program = &line[..at];
        let program = match (program.strip_prefix('\''), program.strip_prefix('"')) {
            (Some(rest), _) => rest.strip_suffix('\'')?.replace("'\\''", "'"),
            (_, Some(rest)) => rest.strip_suffix('"')?.to_owned(),
            (None, None) if program.contains(char::is_whitespace) => return None,
            (None, None) => program.to_owned(),
        };
        let arguments: Vec<String> = line[at..].split_whitespace().map(str::to_owned).collect();
        let is_word = |one: &String| one.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
        arguments.iter().all(is_word).then_some(Self { program: program.into(), arguments })
    }
}

/// What is in the settings of an assistant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// The events for which our entry is there.
    pub events: Vec<String>,
    /// The events that are missing.
    pub missing: Vec<String>,
    /// The command of the first of our entries, if it has the form that we write.
    pub command: Option<AgentCommand>,
    /// Hooks of others: the event and the command.
    pub foreign: Vec<(String, String)>,
}

/// The settings file of an assistant.
#[derive(Debug)]
pub struct AgentSettings {
    /// Which assistant.
    pub assistant: Assistant,
    /// The file, or the folder of scripts.
    pub path: PathBuf,
    row: &'static SettingsRow,
    whose: Whose,
}

impl AgentSettings {
    /// The settings of `assistant`.
    ///
    /// # Errors
    /// [`Error::NoHome`].
    pub fn of(assistant: Assistant, whose: &Whose) -> Result<Self, Error> {
        let row = SETTINGS.iter().find(|row| row.assistant == assistant);
        let row = row.expect("each assistant has its settings somewhere");
        let path = match whose {
            Whose::Project(top) => top.join(row.project),
            Whose::User => {
                let named = row.variable.and_then(folder_in);
                let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
                let folder = match named {
                    Some(folder) => folder,
                    None => folder_in(variable).ok_or(Error::NoHome { variable })?.join(row.folder),
                };
                folder.join(row.user)
            }
        };
        Ok(Self { assistant, path, row, whose: whose.clone() })
    }

    /// The files in which an assistant looks for hooks of a project beside its settings file.
    pub fn others(&self) -> Vec<PathBuf> {
        match &self.whose {
            Whose::Project(top) => self.row.others.iter().map(|path| top.join(path)).collect(),
            Whose::User => Vec::new(),
        }
    }

    /// Puts our entries in. Returns what was done, as sentences.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn install(&self, command: &AgentCommand) -> Result<Vec<String>, Error> {
        let line = command.line()?;
        let folder = match self.row.form {
            FileForm::Scripts => self.path.as_path(),
            _ => self.path.parent().unwrap_or(&self.path),
        };
        fs::create_dir_all(folder).map_err(|source| self.failed("made", source))?;
        let _lock = UpdateLock::take(folder, None)?;
        let has_changed = match self.row.form {
            FileForm::Scripts => self.write_scripts(&line)?,
            FileForm::Toml => self.change_text(|text| self.toml_with(text, &line))?,
            FileForm::Nested | FileForm::Flat { .. } => {
                self.change_text(|text| self.json_with(text, &line, command))?
            }
        };
        let (shown, path) = (self.assistant.shown(), shown_path(&self.path));
        let mut done = Vec::new();
        if has_changed {
            done.push(format!("{shown} now asks keydredge about prompts and tools: {path}."));
        } else {
            done.push(format!("{path} has it already."));
        }
        if let Whose::Project(_) = self.whose {
            done.push(format!(
                "It names {} on this machine; for all projects of yours: `keydredge hook install --agent {} --user`.",
                shown_path(&command.program),
                self.assistant.name()
            ));
        }
        Ok(done)
    }

    /// Takes our entries out. Returns what was done, as sentences.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn remove(&self) -> Result<Vec<String>, Error> {
        let path = shown_path(&self.path);
        if self.path.symlink_metadata().is_err() {
            return Ok(vec![format!("There is no {path}; nothing was changed.")]);
        }
        let folder = match self.row.form {
            FileForm::Scripts => self.path.as_path(),
            _ => self.path.parent().unwrap_or(&self.path),
        };
        let _lock = UpdateLock::take(folder, None)?;
        let has_changed = match self.row.form {
            FileForm::Scripts => self.remove_scripts()?,
            FileForm::Toml => self.change_text(|text| Ok(toml_without(text)))?,
            FileForm::Nested | FileForm::Flat { .. } => {
                let has_changed = self.change_text(|text| self.json_without(text))?;
                self.remove_empty()?;
                has_changed
            }
        };
        Ok(vec![if has_changed {
            format!("{} no longer asks keydredge: {path}.", self.assistant.shown())
        } else {
            format!("There is nothing of keydredge in {path}; nothing was changed.")
        }])
    }

    /// What is there; `None` if there is no such file.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Shape`].
    pub fn look(&self) -> Result<Option<Installed>, Error> {
        let mut commands: Vec<(String, String)> = Vec::new();
        match self.row.form {
            FileForm::Scripts => {
                if !self.path.is_dir() {
                    return Ok(None);
                }
                for (event, _) in self.row.events {
                    let path = self.path.join(event);
                    if let Some(text) = self.read(&path)? {
                        commands.push(((*event).to_owned(), script_command(&text)));
                    }
                }
            }
            FileForm::Toml => {
                let Some(text) = self.read(&self.path)? else { return Ok(None) };
                let table: toml::Table = text.parse().map_err(|_| self.shape("is no TOML", String::new()))?;
                let hooks = table.get("hooks").and_then(toml::Value::as_array).cloned().unwrap_or_default();
                for hook in hooks {
                    let text = |key: &str| hook.get(key).and_then(toml::Value::as_str).unwrap_or_default();
                    commands.push((text("type").to_owned(), text("command").to_owned()));
                }
            }
            FileForm::Nested | FileForm::Flat { .. } => {
                let Some(text) = self.read(&self.path)? else { return Ok(None) };
                commands = self.commands(&text)?;
            }
        }
        let (ours, foreign): (Vec<_>, Vec<_>) = commands.into_iter().partition(|(_, line)| is_ours(line));
        let has = |event: &&(&str, bool)| ours.iter().any(|(name, _)| name == event.0);
        let name = |event: &(&str, bool)| event.0.to_owned();
        let (events, missing): (Vec<_>, Vec<_>) = self.row.events.iter().partition(has);
        Ok(Some(Installed {
            events: events.iter().map(name).collect(),
            missing: missing.iter().map(name).collect(),
            command: ours.first().and_then(|(_, line)| AgentCommand::parse(line)),
            foreign,
        }))
    }

    /// The commands of the hooks in another JSON file of this assistant's.
    pub fn commands_in(&self, path: &Path) -> Vec<(String, String)> {
        let text = self.read(path).ok().flatten();
        text.and_then(|text| self.commands(&text).ok()).unwrap_or_default()
    }

    fn failed(&self, verb: &'static str, source: io::Error) -> Error {
        Error::File { path: self.path.clone(), verb, source }
    }

    fn shape(&self, what: &str, entry: String) -> Error {
        Error::Shape { path: self.path.clone(), what: what.to_owned(), entry }
    }

    fn read(&self, path: &Path) -> Result<Option<String>, Error> {
        let failed = |source| Error::File { path: path.to_owned(), verb: "read", source };
        let Some(bytes) = regular_file::read_if_there(path, LARGEST).map_err(failed)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes);
        text.map(Some).map_err(|_| failed(io::Error::other("it is not UTF-8 text")))
    }

    /// Changes the text of the file. Returns whether it is another one then.
    fn change_text(&self, change: impl FnOnce(&str) -> Result<String, Error>) -> Result<bool, Error> {
        let before = self.read(&self.path)?;
        let old = before.as_deref().unwrap_or_default();
        // A byte-order mark stays.
        let (mark, body) = match old.strip_prefix('\u{feff}') {
            Some(body) => ("\u{feff}", body),
            None => ("", old),
        };
        let new = format!("{mark}{}", change(body)?);
        if before.is_some() && new == old {
            return Ok(false);
        }
        atomic_file::write(&self.path, Access::Kept, |out| out.write_all(new.as_bytes()))?;
        Ok(true)
    }

    /// Our entry in JSON.
    fn entry(&self, line: &str, command: &AgentCommand) -> Value {
        let is_closed = command.arguments.iter().any(|one| one == "--fail-closed");
        match self.assistant {
            Assistant::Cursor => json!({ "command": line, "failClosed": is_closed }),
            Assistant::Copilot => {
                json!({ "type": "command", "bash": line, "powershell": line, "timeoutSec": 30 })
            }
            Assistant::VsCode => {
                json!({ "type": "command", "command": line, "bash": line, "powershell": line, "timeoutSec": 30 })
            }
            Assistant::Windsurf => json!({ "command": line, "powershell": line, "show_output": true }),
            Assistant::Gemini => {
                json!({ "type": "command", "name": "keydredge", "command": line, "timeout": 30_000 })
            }
            _ => json!({ "type": "command", "command": line, "timeout": 30 }),
        }
    }

    /// What an event's list gets.
    fn item(&self, has_matcher: bool, entry: &Value) -> Value {
        match (self.row.form, has_matcher) {
            (FileForm::Nested, true) => json!({ "matcher": "*", "hooks": [entry] }),
            (FileForm::Nested, false) => json!({ "hooks": [entry] }),
            _ => entry.clone(),
        }
    }

    /// All that we put into an empty file.
    fn whole(&self, entry: &Value) -> Value {
        let events = self.row.events.iter();
        let hooks: serde_json::Map<_, _> = events
            .map(|(event, has_matcher)| ((*event).to_owned(), json!([self.item(*has_matcher, entry)])))
            .collect();
        match self.row.form {
            FileForm::Flat { has_version: true } => json!({ "version": 1, "hooks": hooks }),
            _ => json!({ "hooks": hooks }),
        }
    }

    fn json_with(&self, text: &str, line: &str, command: &AgentCommand) -> Result<String, Error> {
        let entry = self.entry(line, command);
        let by_hand = || serde_json::to_string_pretty(&self.whole(&entry)).unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(format!("{}\n", by_hand()));
        }
        let mut json = JsonText::parse(text).map_err(|error| {
            let what = format!("is not plain JSON (line {}; comments are not)", error.line());
            self.shape(&what, by_hand())
        })?;
        let unexpected = |what: &str| self.shape(what, by_hand());
        let root = json.root();
        if !json.value(&root).is_object() {
            return Err(unexpected("is no JSON object"));
        }
        if self.row.form == (FileForm::Flat { has_version: true }) && root.member("version").is_none() {
            json.add_member(&root, 0, "version", &json!(1));
        }
        let root = json.root();
        if root.member("hooks").is_none() {
            json.add_member(&root, 0, "hooks", &json!({}));
        }
        for (event, has_matcher) in self.row.events {
            let item = self.item(*has_matcher, &entry);
            let root = json.root();
            let hooks = root.member("hooks").filter(|hooks| json.value(hooks).is_object());
            let Some(hooks) = hooks else { return Err(unexpected("has `hooks` that are no object")) };
            let Some(list) = hooks.member(event) else {
                json.add_member(hooks, 1, event, &json!([item]));
                continue;
            };
            if !json.value(list).is_array() {
                return Err(unexpected(&format!("has hooks for {event} that are no list")));
            }
            match self.own_entries(&json, list).first() {
                Some((_, _, own)) if json.value(own) == entry => {}
                Some((_, depth, own)) => json.replace(&own.clone(), *depth, &entry),
                None => json.add_element(&list.clone(), 2, &item),
            }
        }
        Ok(json.text)
    }

    /// Our entries in the list of an event: at which element each is, how deep, and where.
    fn own_entries(&self, json: &JsonText, list: &JsonNode) -> Vec<(usize, usize, JsonNode)> {
        let is_own = |node: &JsonNode| lines_of(&json.value(node)).iter().any(|line| is_ours(line));
        let mut own = Vec::new();
        for (at, element) in list.elements().iter().enumerate() {
            match (self.row.form, element.member("hooks")) {
                (FileForm::Nested, Some(hooks)) => {
                    let entries = hooks.elements().iter().filter(|entry| is_own(entry));
                    own.extend(entries.map(|entry| (at, 5, entry.clone())));
                }
                _ if is_own(element) => own.push((at, 3, element.clone())),
                _ => {}
            }
        }
        own
    }

    fn json_without(&self, text: &str) -> Result<String, Error> {
        let parsed = JsonText::parse(text);
        let mut json = parsed
            .map_err(|_| self.shape("is not plain JSON", "(take out what names keydredge)".to_owned()))?;
        for (event, _) in self.row.events {
            loop {
                let root = json.root();
                let Some(hooks) = root.member("hooks") else { break };
                let Some(list) = hooks.member(event) else { break };
                let Some((at, _, own)) = self.own_entries(&json, list).into_iter().next() else { break };
                let element = &list.elements()[at];
                let inner = element.member("hooks").filter(|_| self.row.form == FileForm::Nested);
                match inner.map(JsonNode::elements) {
                    Some(entries) if entries.len() > 1 => {
                        let inside = entries.iter().position(|entry| entry.span == own.span).unwrap_or(0);
                        json.remove_element(&inner.expect("it has entries").clone(), inside);
                    }
                    _ if list.elements().len() > 1 => json.remove_element(list, at),
                    _ if member_count(&json, hooks) > 1 => json.remove_member(hooks, event),
                    _ => json.remove_member(&root, "hooks"),
                }
            }
        }
        Ok(json.text)
    }

    /// Removes a file in which nothing is left, or only the version that we put there.
    fn remove_empty(&self) -> Result<(), Error> {
        let Some(text) = self.read(&self.path)? else { return Ok(()) };
        let rest: Value = serde_json::from_str(&text).unwrap_or_default();
        if rest == json!({}) || rest == json!({ "version": 1 }) {
            fs::remove_file(&self.path).map_err(|source| self.failed("removed", source))?;
        }
        Ok(())
    }

    /// All commands in a JSON file, with their events.
    fn commands(&self, text: &str) -> Result<Vec<(String, String)>, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value = match text.trim() {
            "" => json!({}),
            text => serde_json::from_str(text).map_err(|_| self.shape("is not plain JSON", String::new()))?,
        };
        let mut commands = Vec::new();
        for (event, list) in value.get("hooks").and_then(Value::as_object).into_iter().flatten() {
            for element in list.as_array().into_iter().flatten() {
                let inner = element.get("hooks").and_then(Value::as_array);
                let entries = inner.map_or_else(|| vec![element], |inner| inner.iter().collect());
                for entry in entries {
                    let line = lines_of(entry).into_iter().next();
                    commands.push((event.clone(), line.unwrap_or_else(|| "(no command)".to_owned())));
                }
            }
        }
        Ok(commands)
    }

    fn toml_with(&self, text: &str, line: &str) -> Result<String, Error> {
        let part = toml_part(self.row.events, line);
        if text.parse::<toml::Table>().is_err() {
            return Err(self.shape("is no TOML", part));
        }
        let mut rest = toml_without(text);
        if !rest.is_empty() && !rest.ends_with('\n') {
            rest.push('\n');
        }
        let new = format!("{rest}{part}");
        // `hooks` may be there as something else.
        match new.parse::<toml::Table>() {
            Ok(_) => Ok(new),
            Err(_) => Err(self.shape("has `hooks` in another form", part)),
        }
    }

    fn write_scripts(&self, line: &str) -> Result<bool, Error> {
        let script = format!("#!/bin/sh\n{SCRIPT_MARK}\nexec {line}\n");
        for (event, _) in self.row.events {
            let path = self.path.join(event);
            if let Some(text) = self.read(&path)?
                && !text.contains(SCRIPT_MARK)
            {
                let what = format!("has a script {event} of somebody else's");
                return Err(
                    self.shape(&what, format!("{line}   # its exit code and its output are the answer"))
                );
            }
        }
        let mut has_changed = false;
        for (event, _) in self.row.events {
            let path = self.path.join(event);
            if self.read(&path)?.as_ref() != Some(&script) {
                atomic_file::write(&path, Access::Executable, |out| out.write_all(script.as_bytes()))?;
                has_changed = true;
            }
        }
        Ok(has_changed)
    }

    fn remove_scripts(&self) -> Result<bool, Error> {
        let mut has_changed = false;
        for (event, _) in self.row.events {
            let path = self.path.join(event);
            if self.read(&path)?.is_some_and(|text| text.contains(SCRIPT_MARK)) {
                fs::remove_file(&path).map_err(|source| self.failed("removed", source))?;
                has_changed = true;
            }
        }
        Ok(has_changed)
    }
}

fn folder_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The commands that an entry runs.
fn lines_of(entry: &Value) -> Vec<String> {
    let keys = ["command", "bash", "powershell", "url", "prompt"].iter();
    keys.filter_map(|key| entry.get(*key)?.as_str()).map(str::to_owned).collect()
}

/// True for a command that we wrote, whichever version did.
fn is_ours(line: &str) -> bool {
    line.contains(" hook agent --for ") || line.ends_with(" hook agent")
}

fn member_count(json: &JsonText, object: &JsonNode) -> usize {
    json.value(object).as_object().map_or(0, serde_json::Map::len)
}

fn script_command(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("exec "));
    line.unwrap_or("(a script)").to_owned()
}

/// Our part of a TOML file.
fn toml_part(events: &[(&str, bool)], line: &str) -> String {
    let mut part = format!("{TOML_START}\n");
    for (event, _) in events {
        let command = toml::Value::from(line);
        part.push_str(&format!(
            "[[hooks]]\nname = \"keydredge-{}\"\ntype = \"{event}\"\nmatch = \"*\"\ncommand = {command}\nstrict = false\n\n",
            event.replace('_', "-")
        ));
    }
    part.push_str(TOML_END);
    part.push('\n');
    part
}

fn toml_without(text: &str) -> String {
    let Some(start) = text.find(TOML_START) else { return text.to_owned() };
    let end = text[start..].find(TOML_END).map_or(text.len(), |end| start + end + TOML_END.len());
    let rest = text[end..].strip_prefix('\n').unwrap_or(&text[end..]);
    format!("{}{rest}", &text[..start])
}
