//! `hook agent`: answers a coding assistant.
//!
//! # Design
//!
//! Whatever goes wrong, there is an answer: an assistant takes silence, and any exit code but 2, for consent. So an
//! error, a panic included, becomes a warning that the person sees, or stops, with `--fail-closed`. The settings are
//! those of a commit (`staged`): of the index, so that an assistant cannot change them by writing a file.

mod setup;

pub(super) use setup::{install, places, remove, status};

use super::job::{Collected, Done, Job};
use super::scanning::collector::Collector;
use super::{Exit, interrupt, output};
use crate::agent::{Assistant, Event, Parsed, Phase, Reply, Verdict};
use crate::cli::{AgentName, HookAgent, Shared};
use crate::commands::session::command_name::CommandName;
use crate::error::Error;
use crate::findings::{Side, placeholder};
use crate::model::{Blob, Finding, Piece, Place, Severity, Source};
use crate::report::redact::printable;
use crate::source::reads::{self, Shown, Wanted};
use crate::source::settings::Origin;
use crate::source::stdin;
use serde_json::Value;
use std::io::{Read, Write};
use std::panic;
use std::path::{Path, PathBuf};

/// The largest event that is read, bytes. Assistants cut what is longer than a model takes, far below this.
const LARGEST: u64 = 64 << 20;

/// How many findings a reason names.
const NAMED: usize = 5;

/// The assistant of this name.
fn assistant(name: AgentName) -> Assistant {
    match name {
        AgentName::Claude => Assistant::Claude,
        AgentName::Codex => Assistant::Codex,
        AgentName::Cursor => Assistant::Cursor,
        AgentName::Copilot => Assistant::Copilot,
        AgentName::Vscode => Assistant::VsCode,
        AgentName::Gemini => Assistant::Gemini,
        AgentName::Windsurf => Assistant::Windsurf,
        AgentName::Cline => Assistant::Cline,
        AgentName::Vibe => Assistant::Vibe,
    }
}

/// `hook agent`. The exit code is 0 or 2.
pub(super) fn answer(flags: &HookAgent) -> Exit {
    let named = flags.assistant.map(assistant);
    let answer = panic::catch_unwind(panic::AssertUnwindSafe(|| look(flags, named)));
    let Answer { assistant, event, phase, verdict } = answer.unwrap_or_else(|_| {
        let why = "an internal error";
        Answer { verdict: blind(flags, why), ..Answer::to(named) }
    });
    let reply = Reply::new(assistant, &event, phase, &verdict);
    output::to_stderr(reply.stderr.as_bytes());
    let mut out = output::stdout();
    let written = out.write_all(reply.stdout.as_bytes()).and_then(|()| out.flush());
    // An answer that is not heard is no answer.
    let is_lost = written.is_err() && matches!(verdict, Verdict::Stop(_) | Verdict::Replace(..));
    if reply.is_stop || is_lost { Exit::Failed } else { Exit::Clean }
}

/// To whom something is answered, and what.
struct Answer {
    assistant: Option<Assistant>,
    event: String,
    phase: Phase,
    verdict: Verdict,
}

impl Answer {
    /// An answer to an event that could not be read.
    fn to(assistant: Option<Assistant>) -> Self {
        Self { assistant, event: String::new(), phase: Phase::Before, verdict: Verdict::Pass }
    }
}

/// What is said if something could not be looked at.
fn blind(flags: &HookAgent, why: &str) -> Verdict {
    let why = printable(super::masked(why).trim_end());
    let why = why.trim_end_matches('.');
    if flags.fail_closed {
        Verdict::Stop(format!("keydredge stopped this, because it could not look for secrets in it: {why}."))
    } else {
        Verdict::Warn(format!("keydredge could not look for secrets in this: {why}."))
    }
}

fn look(flags: &HookAgent, named: Option<Assistant>) -> Answer {
    let value = match read_event() {
        Ok(value) => value,
        Err(why) => return Answer { verdict: blind(flags, &why), ..Answer::to(named) },
    };
    let Parsed { assistant, event } = Parsed::of(&value, named);
    let shared = flags.shared();
    let verdict = examine(flags, &shared, assistant, &event, &value)
        .unwrap_or_else(|error| blind(flags, &error.with_causes()));
    Answer { assistant, phase: event.phase, event: event.name, verdict }
}

/// The event on standard input; a clause if there is none.
fn read_event() -> Result<Value, String> {
    let input = stdin::open().map_err(|error| Error::from(error).with_causes())?;
    let mut bytes = Vec::new();
    let read = input.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("the event could not be read ({error})"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("the event is larger than {} MiB", LARGEST >> 20));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if bytes.trim_ascii().is_empty() {
        return Err("no event came on standard input".to_owned());
    }
    match serde_json::from_slice(bytes) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("the event is no JSON object".to_owned()),
        // Not the error's own text: it may repeat what is in the event.
        Err(error) if error.is_eof() => Err("the event is cut off: its JSON does not end".to_owned()),
        Err(_) => Err("the event is not JSON".to_owned()),
    }
}

fn examine(
    flags: &HookAgent,
    shared: &Shared,
    assistant: Option<Assistant>,
    event: &Event,
    value: &Value,
) -> Result<Verdict, Error> {
    let trouble = |problems: &[String]| problems.first().map(|first| blind(flags, first));
    if event.texts.is_empty() && event.reads.is_empty() {
        return Ok(trouble(&event.problems).unwrap_or(Verdict::Pass));
    }
    let folder = working_folder(event);
    let shown = Shown::at(&folder)?;
    let origin = if shown.is_in_repository() {
        Origin::Index { dir: folder.clone(), environment: false }
    } else {
        Origin::Disk(folder.clone())
    };
    let job = Job::set_up(CommandName::HookAgent, shared, &origin)?.within(std::slice::from_ref(&folder));
    let Scanned { found, unread, subject } = scan(&job, event, &folder, &shown)?;
    if found.is_empty() {
        let unread = unread.map(|why| blind(flags, &why));
        return Ok(trouble(&event.problems).or(unread).unwrap_or(Verdict::Pass));
    }
    if flags.redact
        && let Some(pointer) = event.replaceable.filter(|_| event.can_be_replaced_in(assistant))
    {
        let replaced = replaced(value, pointer, &found);
        let again = Parsed::of(&replaced, assistant);
        let left = scan(&job, &again.event, &folder, &shown)?.found;
        if left.is_empty()
            && let Some(value) = replaced.pointer(pointer)
        {
            return Ok(Verdict::Replace(value.clone(), replaced_reason(&found, &subject)));
        }
    }
    Ok(Verdict::Stop(reason(&found, event.phase, &subject)))
}

/// What came of a scan.
struct Scanned {
    /// The findings that stop.
    found: Vec<Finding>,
    /// Why something was not read, as a clause.
    unread: Option<String>,
    /// Where texts without a path are, with what was found masked: a tool's name may be anything.
    subject: String,
}

/// The folder that the event names, if it is there; else that of the process.
fn working_folder(event: &Event) -> PathBuf {
    let here = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let folder = match &event.folder {
        Some(folder) => here().join(folder),
        None => here(),
    };
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => folder,
        _ => here().canonicalize().unwrap_or_else(|_| here()),
    }
}

fn scan(job: &Job<'_>, event: &Event, folder: &Path, shown: &Shown) -> Result<Scanned, Error> {
    let collector = Collector::new(&job.scanner, &job.infos);
    let mut coverage = {
        let wanted = event.reads.iter().map(|read| Wanted {
            path: read.path.clone(),
            lines: read.lines,
            is_guess: read.is_guess,
        });
        let options = reads::Options {
            folder: folder.to_owned(),
            exclude: job.options.exclude.clone(),
            max_file_size: job.options.max_file_size,
            margin: job.scanner.margin(),
            containers: job.options.containers,
            stop: Some(interrupt::flag()),
        };
        let sink = |blob: Blob<'_>| collector.take(Side::Head, &blob);
        reads::scan(&Vec::from_iter(wanted), shown, &options, &sink)?
    };
    for text in &event.texts {
        let place = match &text.path {
            Some(path) => Place::file(&shown.name(Path::new(path))),
            None => Place::of(Source::Stdin),
        };
        let mut take = |text: &str, side| {
            let piece = Piece::whole(text.as_bytes());
            match collector.take(side, &Blob { place: &place, inner: None, piece, line: 1, column: 0 }) {
                Ok(()) => coverage.scan(text.len() as u64),
                Err(reason) => coverage.miss(reason, event.subject.clone()),
            }
        };
        take(&text.text, Side::Head);
        if let Some(old) = &text.old {
            take(old, Side::Base);
        }
    }
    let collected: Collected = collector.collected(coverage);
    let Done { assembled, summary } = job.assemble(collected, None);
    let least = job.options.fail_on;
    let fails = |finding: &Finding| stops(finding, least);
    let unread = summary.coverage.unread.iter().next().map(|(reason, tally)| {
        let example = tally.examples.first().map(String::as_str).unwrap_or_default();
        format!("{example} was not read ({reason})")
    });
    let unread = unread.or(summary.coverage.interrupted.then(|| "it was interrupted".to_owned()));
    let subject = assembled.mask.text(&event.subject).into_owned();
    Ok(Scanned { found: assembled.findings.into_iter().filter(fails).collect(), unread, subject })
}

/// True for a finding that fails a run.
fn stops(finding: &Finding, least: Severity) -> bool {
    !finding.is_suppressed() && finding.rule.severity >= least
}

/// The event with placeholders in place of the secrets in what is at `pointer`.
fn replaced(value: &Value, pointer: &str, found: &[Finding]) -> Value {
    let mut value = value.clone();
    let mut pending: Vec<&mut Value> = value.pointer_mut(pointer).into_iter().collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) => *text = placeholder::replace(text, found.iter()),
            Value::Array(list) => pending.extend(list),
            // What an edit replaces has to stay what it is.
            Value::Object(object) => {
                pending.extend(
                    object.iter_mut().filter(|(key, _)| !key.starts_with("old")).map(|(_, value)| value),
                );
            }
            _ => {}
        }
    }
    value
}

/// The findings in words: rule, place and fingerprint, never the secret.
fn list(found: &[Finding], subject: &str) -> String {
    let each = found.iter().take(NAMED).map(|finding| {
        let first = finding.occurrences.first();
        let place = match first.and_then(|one| Some((one.place.path.as_deref()?, one.location.line))) {
            Some((path, line)) => format!("{path}:{line}"),
            None => subject.to_owned(),
        };
        format!("{} in {place} (fingerprint {})", finding.rule.id, finding.fingerprint)
    });
    let more =
        if found.len() > NAMED { format!(", and {} more", found.len() - NAMED) } else { String::new() };
    printable(&format!("{}{more}", Vec::from_iter(each).join(", ")))
}

fn reason(found: &[Finding], phase: Phase, subject: &str) -> String {
    let what = match found.len() {
        1 => "a secret".to_owned(),
        count => format!("{count} secrets"),
    };
    let (did, then) = match phase {
        Phase::Prompt => ("stopped this prompt, which would send", "Take it out and send the prompt again."),
        Phase::After => (
            "found, in what the tool did,",
            "Do not repeat it, write it to a file or send it anywhere; tell the person that it should be changed.",
        ),
        Phase::Before | Phase::Quiet => (
            "stopped this, which would hand on",
            "Do without it: refer to the name of a variable or of an entry in a secret store. Do not try another way to read it.",
        ),
    };
    format!(
        "keydredge {did} {what}: {}. {then} If it is no secret, the person can accept it: `keydredge ignore add FINGERPRINT --reason WHY`, and stage the file.",
        list(found, subject)
    )
}

fn replaced_reason(found: &[Finding], subject: &str) -> String {
    format!("keydredge put placeholders in place of secrets: {}.", list(found, subject))
}
