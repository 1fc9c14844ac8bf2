//! `hook install --agent`, `hook remove --agent`, and what `hook status` says of coding assistants.
//!
//! # Design
//!
//! A settings file of a project comes with a clone, and what it names is somebody's program. So `hook status` runs only
//! this very program, or what the user's own settings name; what else it finds is shown, and not run.

use super::assistant;
use crate::agent::{AgentCommand, AgentSettings, Assistant, Error as AgentError, Installed, Whose};
use crate::cli::{HookInstall, HookRemove};
use crate::commands::{Exit, masked, output};
use crate::error::Error;
use crate::git::{Access, Repository};
use crate::shown_path::shown_path;
use crate::{findings, rules};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The rule that finds the planted token.
const RULE: &str = "github-pat-classic";

/// How many foreign hooks are named.
const NAMED: usize = 5;

/// `hook install --agent`.
pub(crate) fn install(flags: &HookInstall) -> Result<Exit, Error> {
    let program = std::env::current_exe().map_err(|_| AgentError::NoProgram)?;
    let whose = whose(flags.user);
    let mut more = Vec::new();
    more.extend(flags.fail_closed.then_some("--fail-closed"));
    more.extend(flags.redact.then_some("--redact"));
    for name in &flags.agent {
        let assistant = assistant(*name);
        let command = AgentCommand::new(program.clone(), assistant, &more);
        for line in AgentSettings::of(assistant, &whose)?.install(&command)? {
            output::say(&line)?;
        }
    }
    Ok(Exit::Clean)
}

/// `hook remove --agent`.
pub(crate) fn remove(flags: &HookRemove) -> Result<Exit, Error> {
    let whose = whose(flags.user);
    for name in &flags.agent {
        for line in AgentSettings::of(assistant(*name), &whose)?.remove()? {
            output::say(&line)?;
        }
    }
    Ok(Exit::Clean)
}

/// The user, or the project around the current folder.
fn whose(is_user: bool) -> Whose {
    if is_user { Whose::User } else { Whose::Project(project()) }
}

/// Where assistants keep transcripts and settings: on this machine, and in the project around the current folder.
pub(crate) fn places() -> Vec<PathBuf> {
    crate::agent::places(&project())
}

/// The top of the work tree around the current folder, or that folder.
fn project() -> PathBuf {
    let repository = Repository::open(Path::new("."), Access::default()).ok();
    let top = repository.and_then(|repository| repository.work_tree().map(Path::to_owned));
    top.or_else(|| std::env::current_dir().ok()).unwrap_or_else(|| PathBuf::from("."))
}

/// Reports for each assistant whether it asks keydredge, and whether that stops a planted secret.
pub(crate) fn status() -> Result<Exit, Error> {
    let mut exit = Exit::Clean;
    let project = Whose::Project(project());
    let mut without = Vec::new();
    for assistant in Assistant::ALL {
        let mut is_there = false;
        let mut seen = Vec::new();
        for whose in [&project, &Whose::User] {
            let Ok(settings) = AgentSettings::of(assistant, whose) else { continue };
            if seen.contains(&settings.path) {
                continue;
            }
            seen.push(settings.path.clone());
            let path = shown_path(&settings.path);
            let mut foreign: Vec<(String, String)> = Vec::new();
            match settings.look() {
                Ok(None) => {}
                Ok(Some(installed)) => {
                    if !installed.events.is_empty() {
                        is_there = true;
                        let (one, line) = of_one(assistant, whose, &path, &installed)?;
                        exit = exit.max(one);
                        output::say(&format!("{}: {line}", assistant.shown()))?;
                    }
                    foreign.extend(installed.foreign);
                }
                Err(error) => {
                    let said = masked(&error.to_string());
                    let said = said.lines().next().unwrap_or_default();
                    output::say(&format!("{}: not known: {said}", assistant.shown()))?;
                }
            }
            for other in settings.others() {
                foreign.extend(settings.commands_in(&other));
            }
            if !foreign.is_empty() {
                output::say(&format!("  hooks of others (not run): {}", named(&foreign)))?;
            }
        }
        if !is_there {
            without.push(assistant.shown());
        }
    }
    if without.is_empty() {
        output::say("Every known coding assistant has the hook.")?;
    } else {
        output::say(&format!(
            "Coding assistants that do not ask: {} (`keydredge hook install --agent NAME` has one ask).",
            without.join(", ")
        ))?;
    }
    Ok(exit)
}

/// Hooks of others, in words.
fn named(foreign: &[(String, String)]) -> String {
    let each = foreign.iter().take(NAMED).map(|(event, line)| {
        let line: String = masked(line).lines().next().unwrap_or_default().chars().take(120).collect();
        format!("{event}: `{line}`")
    });
    let more =
        if foreign.len() > NAMED { format!(", and {} more", foreign.len() - NAMED) } else { String::new() };
    format!("{}{more}", Vec::from_iter(each).join(", "))
}

fn of_one(
    assistant: Assistant,
    whose: &Whose,
    path: &str,
    installed: &Installed,
) -> Result<(Exit, String), Error> {
    let name = assistant.name();
    let again = match whose {
        Whose::User => format!("`keydredge hook install --agent {name} --user` puts it right"),
        Whose::Project(_) => format!("`keydredge hook install --agent {name}` puts it right"),
    };
    let Some(command) = &installed.command else {
        return Ok((
            Exit::Findings,
            format!("there, but not tried: {path} has another command than this version writes; {again}"),
        ));
    };
    let program = shown_path(&command.program);
    if !command.program.is_absolute() || !command.program.is_file() {
        return Ok((
            Exit::Findings,
            format!("there, but nothing is stopped: {path} names {program}, which is not there; {again}"),
        ));
    }
    let own = std::env::current_exe().and_then(|own| own.canonicalize()).ok();
    let is_own = own.is_some() && command.program.canonicalize().ok() == own;
    if !is_own && !matches!(whose, Whose::User) {
        return Ok((
            Exit::Findings,
            format!("there, but not tried: {path} names another program, {program}; {again}"),
        ));
    }
    if !installed.missing.is_empty() {
        let missing = installed.missing.join(", ");
        return Ok((Exit::Findings, format!("there, but not for {missing}: {path}; {again}")));
    }
    let events = installed.events.join(", ");
    Ok(match stops(assistant, command)? {
        Ok(()) => (
            Exit::Clean,
            format!(
                "installed and works: {path} ({events}): {program} was asked about a planted GitHub token, and stopped it"
            ),
        ),
        Err(why) => {
            (Exit::Findings, format!("there, but not known to work: {path}: {program} {why}; {again}"))
        }
    })
}

/// Whether `command` stops an event with a planted token; if not, what it did, as a predicate.
fn stops(assistant: Assistant, command: &AgentCommand) -> Result<Result<(), String>, Error> {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(findings::Error::Random)?;
    let token = rules::template::fill("ghp_{base62:30}{crc32-base62:6}", u64::from_le_bytes(seed));
    let event = assistant.sample(&token.expect("the template is sound"));
    let tried = ask(command, event.to_string().as_bytes());
    Ok(match tried {
        Err(error) => Err(format!("could not be asked ({error})")),
        Ok(None) => Err(format!("had not answered after {} seconds", LIMIT.as_secs())),
        Ok(Some((code, said))) => {
            // Those that want a JSON answer get the exit code 0.
            let wants_json = matches!(
                assistant,
                Assistant::Copilot | Assistant::VsCode | Assistant::Cline | Assistant::Vibe
            );
            let wanted = if wants_json { 0 } else { 2 };
            if code == Some(wanted) && said.contains(RULE) {
                Ok(())
            } else {
                Err("let a planted GitHub token pass".to_owned())
            }
        }
    })
}

/// Runs `command` with `event` on its standard input: its exit code, and what it says on standard output.
fn ask(command: &AgentCommand, event: &[u8]) -> io::Result<Option<(Option<i32>, String)>> {
    let folder = tempfile::tempdir()?;
    let mut input = tempfile::tempfile()?;
    input.write_all(event)?;
    input.rewind()?;
    let (out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut child = Command::new(&command.program)
        .args(&command.arguments)
        .current_dir(folder.path())
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(out.try_clone()?))
        .stderr(Stdio::from(err.try_clone()?))
        .spawn()?;
    let deadline = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let mut said = String::new();
    for mut file in [out, err] {
        file.rewind()?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, 1 << 20), &mut bytes)?;
        said.push_str(&String::from_utf8_lossy(&bytes));
    }
    Ok(Some((status.code(), said)))
}
