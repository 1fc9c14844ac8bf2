//! `hook`: the git hooks, installed, removed, tried and run.

use super::{Exit, agent, files, masked, output, push};
use crate::cli::{Change, Hook, HookCommand, HookInstall, HookRun, Shared, Stage, Staged};
use crate::error::Error;
use crate::hook::{
    FoundHook, GlobalHooks, HookKind, HooksFolder, Plant, Proof, Scratch, State, TrialVerdict,
};
use crate::shown_path::shown_path;
use crate::source::changes::push::{Known, Update};
use crate::{findings, hook, rules};
use std::path::Path;

/// `hook`.
pub(super) fn hook(flags: &Hook) -> Result<Exit, Error> {
    let here = || HooksFolder::of(Path::new("."));
    match &flags.command {
        HookCommand::Install(flags) if !flags.agent.is_empty() => agent::install(flags),
        HookCommand::Remove(flags) if !flags.agent.is_empty() => agent::remove(flags),
        HookCommand::Install(flags) if flags.global => {
            print_lines(&GlobalHooks::of_user()?.install(&kinds(flags))?)
        }
        HookCommand::Install(flags) => print_lines(&here()?.install(&kinds(flags))?),
        HookCommand::Remove(flags) if flags.global => print_lines(&GlobalHooks::of_user()?.remove()?),
        HookCommand::Remove(_) => print_lines(&here()?.remove()?),
        HookCommand::Status => status(&here()?),
        HookCommand::Run(flags) => run(flags),
        HookCommand::Agent(flags) => Ok(agent::answer(flags)),
    }
}

/// The requested hooks.
fn kinds(flags: &HookInstall) -> Vec<HookKind> {
    if flags.server {
        return vec![HookKind::PreReceive];
    }
    let kind = |stage: &Stage| match stage {
        Stage::PreCommit => HookKind::PreCommit,
        Stage::PreMergeCommit => HookKind::PreMergeCommit,
        Stage::PrePush => HookKind::PrePush,
        Stage::CommitMsg => HookKind::CommitMsg,
        Stage::PreReceive => HookKind::PreReceive,
        Stage::Update => HookKind::Update,
    };
    if flags.stage.is_empty() { HookKind::USUAL.to_vec() } else { flags.stage.iter().map(kind).collect() }
}

fn print_lines(done: &[String]) -> Result<Exit, Error> {
    for line in done {
        output::say(line)?;
    }
    Ok(Exit::Clean)
}

/// Reports for each hook whether it works. Exits with 0 if commits are scanned (in a repository without a work tree:
/// pushes), and no hook that should stop a secret lets it pass.
fn status(folder: &HooksFolder) -> Result<Exit, Error> {
    let mut trial = Trial::NotBegun;
    let mut exit = Exit::Clean;
    let is_there = |kind: HookKind| {
        folder.hook(kind).look().is_ok_and(|found| !matches!(found.state, State::Absent | State::RunsOwn))
    };
    let is_server = folder.is_bare();
    for kind in HookKind::ALL {
        if kind.is_of_server() != is_server && !is_there(kind) {
            continue;
        }
        let hook = folder.hook(kind);
        let (one, line) = of_one(folder, &hook, &mut trial)?;
        output::say(&format!("{}: {line}", kind.name()))?;
        if hook.has_before() {
            output::say(&format!("  runs first (not now): {}", shown_path(&hook.before())))?;
        }
        exit = exit.max(one);
    }
    if let Some(chosen) = &folder.chosen {
        let whose = if folder.is_outside { "outside this repository" } else { "in this repository" };
        let origin = chosen.origin.as_deref().unwrap_or("a configuration of git's");
        // Git prints this for settings from GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS.
        let origin = if origin == "command line:" { "the environment (GIT_CONFIG_…)" } else { origin };
        output::say(&format!("core.hooksPath names {}, {whose}; set in {origin}", shown_path(&folder.path)))?;
    }
    for path in folder.passed_over() {
        output::say(&format!("git does not run {}: it takes hooks from another folder", shown_path(&path)))?;
    }
    output::say(&folder.not_covered())?;
    Ok(exit.max(agent::status()?))
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
                Err(error) => Self::Impossible(Error::from(error).with_causes()),
            };
        }
        Ok(self)
    }
}

fn of_one(folder: &HooksFolder, hook: &hook::Hook, trial: &mut Trial) -> Result<(Exit, String), Error> {
    let found = hook.look()?;
    let path = match &found.link {
        Some(target) => format!("{} (a link to {})", shown_path(&hook.path), shown_path(target)),
        None => shown_path(&hook.path),
    };
    // Without the hook for merges commits are still scanned, and either one of a server's hooks scans all of a push.
    let is_needed = match hook.kind {
        HookKind::PreCommit => !folder.is_bare(),
        HookKind::PreReceive => {
            folder.is_bare() && folder.hook(HookKind::Update).path.symlink_metadata().is_err()
        }
        _ => false,
    };
    let missing = if is_needed { Exit::Findings } else { Exit::Clean };
    let install = match hook.kind {
        kind if HookKind::USUAL.contains(&kind) => "`keydredge hook install`".to_owned(),
        kind => format!("`keydredge hook install --stage {}`", kind.name()),
    };
    Ok(match found.state {
        State::Absent => (missing, format!("not installed: there is no {path} ({install} makes it)")),
        State::RunsOwn => (missing, format!("not installed: {path} only runs the repository's own hook")),
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

fn tried(hook: &hook::Hook, found: &FoundHook, path: &str, trial: &Trial) -> (Exit, String) {
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
    // The hook may print the planted secret. It is fake, but a reader of the report does not know that.
    let said = match masked(&said.join("\n")) {
        said if said.is_empty() => String::new(),
        said => format!("; it said: {}", said.lines().collect::<Vec<_>>().join(" / ")),
    };
    match verdict {
        TrialVerdict::Stopped => (
            Exit::Clean,
            format!("installed and works: {path} was run on a planted GitHub token, and stopped it"),
        ),
        TrialVerdict::LetPass => (
            Exit::Findings,
            format!(
                "there, but lets a planted secret pass: {path} was run on a GitHub token, and exited with 0"
            ),
        ),
        TrialVerdict::StoppedForAnotherReason(status) => (
            Exit::Findings,
            format!(
                "there, but not known to work: {path} was run on a planted GitHub token and did not name it ({status}){said}"
            ),
        ),
        TrialVerdict::TooSlow(limit) => (
            Exit::Findings,
            format!(
                "there, but not known to work: {path} had not ended after {} seconds{said}",
                limit.as_secs()
            ),
        ),
        TrialVerdict::NotStarted(error) => (
            Exit::Findings,
            format!(
                "there, but cannot be started: {path}: {error} (its first line names the program that runs it)"
            ),
        ),
    }
}

/// A file with a GitHub token whose checksum holds, another one in each run, so that no hook can be prepared for it.
/// No name is beside the token, so that no other rule finds it.
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

/// Runs what git's hook, or a hook framework, requests.
fn run(flags: &HookRun) -> Result<Exit, Error> {
    let flags = &HookRun { shared: Shared { is_brief: true, ..flags.shared.clone() }, ..flags.clone() };
    let stage = flags.stage.unwrap_or(Stage::PreCommit);
    let argument = |at: usize| flags.files.get(at).map(|file| file.as_os_str().as_encoded_bytes());
    match stage {
        Stage::PreCommit | Stage::PreMergeCommit => {}
        Stage::PrePush if variable("PRE_COMMIT").is_some() => {}
        Stage::PrePush => {
            // For a remote without a name git gives the URL, for which no refs are known.
            let remote = flags.files.first().map(|name| name.to_string_lossy());
            let known = remote.as_deref().map_or(Known::Nothing, Known::Heard);
            let updates = push::updates_from_stdin(4)?;
            if let (None, Some(remote)) = (&updates, &remote) {
                return push::unnamed(&flags.shared, remote);
            }
            return push::push(&flags.shared, &updates.unwrap_or_default(), known);
        }
        Stage::PreReceive => {
            let updates = push::updates_from_stdin(3)?.unwrap_or_default();
            return push::push(&flags.shared, &updates, Known::All);
        }
        Stage::Update => {
            let update = match (argument(0), argument(1), argument(2)) {
                (Some(name), Some(old), Some(new)) if flags.files.len() == 3 => push::update(name, old, new),
                _ => Err(push::NoId),
            };
            let what =
                "git hands three arguments to this hook: the ref, its id, and the id that it is to have";
            let update = update.map_err(|push::NoId| Error::Usage { what: what.to_owned() })?;
            return push::push(&flags.shared, &Vec::from_iter(update), Known::All);
        }
        Stage::CommitMsg => {
            return match flags.files.as_slice() {
                [file] => push::scan_message(&flags.shared, file),
                _ => {
                    let what = "git hands one argument to this hook: the file with the message";
                    Err(Error::Usage { what: what.to_owned() })
                }
            };
        }
    }
    framework(flags)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs what a hook framework requests: the push or the range that it names, the files it names, or all that is
/// staged.
fn framework(flags: &HookRun) -> Result<Exit, Error> {
    let (from, to) = match (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF")) {
        // Their former names.
        (None, None) => (variable("PRE_COMMIT_ORIGIN"), variable("PRE_COMMIT_SOURCE")),
        named => named,
    };
    let remote = variable("PRE_COMMIT_REMOTE_NAME");
    let branch = variable("PRE_COMMIT_LOCAL_BRANCH").filter(|_| remote.is_some());
    match (from, to, branch) {
        (Some(from), Some(to), _) => match remote {
            Some(remote) => pushed(flags, Some(&from), &to, &remote),
            None => files::diff(&format!("{from}..{to}"), &Change::default(), &flags.shared),
        },
        // The remote has none of it; the framework then runs over all files.
        (None, None, Some(branch)) => pushed(flags, None, &branch, &remote.unwrap_or_default()),
        (None, None, None) if flags.files.is_empty() => {
            files::staged(&Staged { paths: Vec::new(), shared: flags.shared.clone() })
        }
        (None, None, None) => files::named(&flags.shared, &flags.files),
        _ => {
            let what = "only one of PRE_COMMIT_FROM_REF and PRE_COMMIT_TO_REF is set; set both, or neither";
            Err(Error::Usage { what: what.to_owned() })
        }
    }
}

/// A push whose start and end the framework names.
fn pushed(flags: &HookRun, from: Option<&str>, to: &str, remote: &str) -> Result<Exit, Error> {
    let name = variable("PRE_COMMIT_REMOTE_BRANCH").unwrap_or_default().into_bytes();
    let old = from.map(push::commit).transpose()?.flatten();
    let new = push::commit(to)?.ok_or_else(|| Error::Usage {
        what: "PRE_COMMIT_TO_REF is an id of zeros; it has to name what is pushed".to_owned(),
    })?;
    push::push(&flags.shared, &[Update { name, old, new }], Known::Remote(remote))
}
