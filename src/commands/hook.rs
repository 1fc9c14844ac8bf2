//! `hook`: the git hooks, installed, removed, tried and run.

use super::{Exit, files, masked, output};
use crate::cli::{Change, Hook, HookCommand, HookRun, Staged};
use crate::error::Error;
use crate::hook::{Found, HooksFolder, Kind, NOT_COVERED, Plant, Proof, Scratch, State, Verdict};
use crate::{findings, hook, rules};
use std::path::Path;

/// `hook`.
pub(super) fn hook(flags: &Hook) -> Result<Exit, Error> {
    let here = || HooksFolder::of(Path::new("."));
    match &flags.command {
        HookCommand::Install => tell(&here()?.install()?),
        HookCommand::Remove => tell(&here()?.remove()?),
        HookCommand::Status => status(&here()?),
        HookCommand::Run(flags) => run(flags),
    }
}

fn tell(done: &[String]) -> Result<Exit, Error> {
    for line in done {
        output::say(line)?;
    }
    Ok(Exit::Clean)
}

/// Says of each hook whether it works. It exits with 0 if commits are looked at, and no hook that should look lets a
/// secret pass.
fn status(folder: &HooksFolder) -> Result<Exit, Error> {
    let mut trial = Trial::NotBegun;
    let mut exit = Exit::Clean;
    for kind in Kind::ALL {
        let hook = folder.hook(kind);
        let (one, line) = of_one(folder, &hook, &mut trial)?;
        output::say(&format!("{}: {line}", kind.name()))?;
        if hook.has_before() {
            output::say(&format!("  runs first (not now): {}", hook.before().display()))?;
        }
        exit = exit.max(one);
    }
    if let Some(chosen) = &folder.chosen {
        let whose = if folder.is_outside { "outside this repository" } else { "in this repository" };
        let origin = chosen.origin.as_deref().unwrap_or("a configuration of git's");
        // Git says this of what GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS set.
        let origin = if origin == "command line:" { "the environment (GIT_CONFIG_…)" } else { origin };
        output::say(&format!("core.hooksPath names {}, {whose}; set in {origin}", folder.path.display()))?;
    }
    for path in folder.passed_over() {
        output::say(&format!("git does not run {}: it takes hooks from another folder", path.display()))?;
    }
    output::say(NOT_COVERED)?;
    Ok(exit)
}

/// The scratch repository, made when the first hook is tried.
enum Trial {
    NotBegun,
    NoGit,
    Impossible(String),
    Ready(Box<Scratch>),
}

impl Trial {
    fn begin(&mut self, folder: &HooksFolder) -> Result<&Self, Error> {
        if let Self::NotBegun = self {
            *self = match Scratch::of(folder, plant()?) {
                Ok(Some(scratch)) => Self::Ready(Box::new(scratch)),
                Ok(None) => Self::NoGit,
                Err(error) => Self::Impossible(Error::from(error).told()),
            };
        }
        Ok(self)
    }
}

fn of_one(folder: &HooksFolder, hook: &hook::Hook, trial: &mut Trial) -> Result<(Exit, String), Error> {
    let found = hook.look()?;
    let path = match &found.link {
        Some(target) => format!("{} (a link to {})", hook.path.display(), target.display()),
        None => hook.path.display().to_string(),
    };
    // Without the hook for merges commits are looked at all the same.
    let missing = if hook.kind == Kind::PreCommit { Exit::Findings } else { Exit::Clean };
    let install = "`keydredge hook install`";
    Ok(match found.state {
        State::Absent => (missing, format!("not installed: there is no {path} ({install} makes it)")),
        State::Dangling => (missing, format!("not installed: {path} leads nowhere")),
        State::Foreign => (
            missing,
            format!(
                "not installed: {path} is another hook, which was not run; {install} keeps it and runs it first"
            ),
        ),
        State::Current | State::Other | State::Calls if !hook.may_be_executed() => (
            Exit::Findings,
            format!("not run: {path} may not be executed, so git passes over it ({install} or `chmod +x`)"),
        ),
        State::Current | State::Other | State::Calls => {
            let whose = match found.state {
                State::Current => "",
                State::Other => ", by another version",
                _ => ", by hand",
            };
            tried(hook, &found, &format!("{path}{whose}"), trial.begin(folder)?)
        }
    })
}

fn tried(hook: &hook::Hook, found: &Found, path: &str, trial: &Trial) -> (Exit, String) {
    let scratch = match trial {
        Trial::Ready(scratch) => scratch,
        Trial::Impossible(why) => {
            return (Exit::Failed, format!("there, but not tried: {path}; {}", masked(why)));
        }
        Trial::NotBegun | Trial::NoGit => {
            return (Exit::Failed, format!("there, but not tried, for there is no git on the PATH: {path}"));
        }
    };
    let Proof { verdict, said } = scratch.try_hook(hook, found);
    // The hook may print the planted secret, which is nobody's; but who reads a report does not know that.
    let said = match masked(&said.join("\n")) {
        said if said.is_empty() => String::new(),
        said => format!("; it said: {}", said.lines().collect::<Vec<_>>().join(" / ")),
    };
    match verdict {
        Verdict::Stopped => (
            Exit::Clean,
            format!("installed and works: {path} was run on a planted GitHub token, and stopped it"),
        ),
        Verdict::LetPass => (
            Exit::Findings,
            format!(
                "there, but lets a planted secret pass: {path} was run on a GitHub token, and exited with 0"
            ),
        ),
        Verdict::StoppedForAnotherReason(status) => (
            Exit::Findings,
            format!(
                "there, but not known to work: {path} was run on a planted GitHub token and did not name it ({status}){said}"
            ),
        ),
        Verdict::TooSlow(limit) => (
            Exit::Findings,
            format!(
                "there, but not known to work: {path} had not ended after {} seconds{said}",
                limit.as_secs()
            ),
        ),
        Verdict::NotStarted(error) => (
            Exit::Findings,
            format!(
                "there, but cannot be started: {path}: {error} (its first line names the program that runs it)"
            ),
        ),
    }
}

/// A file with a GitHub token whose checksum holds, another one in each run: nothing can be prepared for it. No name
/// is beside the token, so that no other rule finds it.
fn plant() -> Result<Plant, Error> {
    const RULE: &str = "github-pat-classic";
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).map_err(findings::Error::Random)?;
    let seed = u128::from_le_bytes(seed);
    let (name, seed) = ((seed >> 64) as u64, seed as u64);
    let token =
        rules::template::fill("ghp_{base62:30}{crc32-base62:6}", seed).expect("the template is sound");
    let name = format!("planted-{name:016x}");
    let evidence = vec![name.clone(), RULE.to_owned()];
    Ok(Plant { name, content: format!("{token}\n").into_bytes(), evidence })
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
