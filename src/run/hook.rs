//! `hook`: the git hook, installed, removed, looked at and run.

use super::{Exit, files, output};
use crate::cli::{Change, Hook, HookCommand, HookRun, Staged};
use crate::error::Error;
use crate::hook::{Site, State};
use std::path::Path;

/// `hook`.
pub(super) fn hook(flags: &Hook) -> Result<Exit, Error> {
    match &flags.command {
        HookCommand::Install => tell(&Site::of(Path::new("."))?.install()?),
        HookCommand::Remove => tell(&Site::of(Path::new("."))?.remove()?),
        HookCommand::Status => status(&Site::of(Path::new("."))?),
        HookCommand::Run(flags) => run(flags),
    }
}

fn tell(done: &[String]) -> Result<Exit, Error> {
    for line in done {
        output::say(line)?;
    }
    Ok(Exit::Clean)
}

fn status(site: &Site) -> Result<Exit, Error> {
    let path = site.hook.display();
    let (exit, line) = match site.state()? {
        State::Current | State::Other | State::Calls if !site.runs() => (
            Exit::Findings,
            format!(
                "not run: {path} may not be executed, so git passes over it (`keydredge hook install` or `chmod +x`)"
            ),
        ),
        State::Absent => (Exit::Findings, format!("not installed: there is no {path}")),
        State::Current => (Exit::Clean, format!("installed: {path}")),
        State::Other => (
            Exit::Clean,
            format!("installed by another version: {path} (`keydredge hook install` renews it)"),
        ),
        State::Calls => (Exit::Clean, format!("installed by hand: {path} names keydredge")),
        State::Foreign => (
            Exit::Findings,
            format!("not installed: {path} is another hook; install keeps it and runs it first"),
        ),
    };
    output::say(&line)?;
    if site.chosen {
        let whose = if site.shared { "outside this repository" } else { "in this repository" };
        output::say(&format!("core.hooksPath names the folder, {whose}"))?;
    }
    if site.before().exists() {
        output::say(&format!("runs first: {}", site.before().display()))?;
    }
    Ok(exit)
}

/// What a hook framework asks for: the range it names, the files it names, or all that is staged.
fn run(flags: &HookRun) -> Result<Exit, Error> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF")) {
        (Some(from), Some(to)) => {
            return files::diff(&format!("{from}..{to}"), &Change::default(), &flags.shared);
        }
        (None, None) => {}
        _ => {
            let what = "only one of PRE_COMMIT_FROM_REF and PRE_COMMIT_TO_REF is set; set both, or neither";
            return Err(Error::Usage { what: what.to_owned() });
        }
    }
    if flags.files.is_empty() {
        files::staged(&Staged { paths: Vec::new(), shared: flags.shared.clone() })
    } else {
        files::named(&flags.shared, &flags.files)
    }
}
