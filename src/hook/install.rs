//! Installs and removes the hooks.

use super::{Error, FoundHook, Hook, HookKind, HooksFolder, SCRIPT, State};
use crate::atomic_file::{self, Access};
use crate::shown_path::shown_path;
use crate::update_lock::UpdateLock;
use std::fs;

/// What is to be done about one hook.
enum Plan {
    /// Nothing: ours is there.
    Leave,
    /// Ours is written, over an older one of ours or over nothing.
    Write,
    /// The existing hook is renamed first.
    KeepAndWrite,
}

impl HooksFolder {
    /// Puts these hooks in place; returns what was done, as sentences. If one of them cannot be, none is.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn install(&self, kinds: &[HookKind]) -> Result<Vec<String>, Error> {
        if self.is_outside && super::global::runs_own(&self.path) {
            let is_there =
                |kind: &HookKind| self.hook(*kind).look().is_ok_and(|found| found.state == State::Current);
            if kinds.iter().all(is_there) {
                let path = shown_path(&self.path);
                return Ok(vec![format!("Git runs keydredge in all repositories already, from {path}.")]);
            }
        }
        self.refuse_outside()?;
        let _lock = UpdateLock::take(&self.top, Some(&self.git_dir))?;
        let hooks: Vec<Hook> = kinds.iter().map(|kind| self.hook(*kind)).collect();
        let plans = hooks.iter().map(plan).collect::<Result<Vec<_>, _>>()?;
        let failed = |source| Error::File { path: self.path.clone(), verb: "made", source };
        fs::create_dir_all(&self.path).map_err(failed)?;
        let mut done = Vec::new();
        for (hook, plan) in hooks.iter().zip(plans) {
            let path = shown_path(&hook.path);
            match plan {
                Plan::Leave => {
                    done.push(format!("{path} is there already."));
                    continue;
                }
                Plan::Write => write(hook)?,
                Plan::KeepAndWrite => keep_and_write(hook)?,
            }
            done.push(format!("Git now runs keydredge before {}: {path}.", hook.kind.before_what()));
            if let Plan::KeepAndWrite = plan {
                done.push(format!("Your hook is kept as {} and runs first.", shown_path(&hook.before())));
            }
        }
        if self.chosen.is_some() {
            done.push("The folder is the one that core.hooksPath names.".to_owned());
        }
        done.push(self.not_covered());
        Ok(done)
    }

    /// Takes the hooks away and puts back what was there before; returns what was done, as sentences.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn remove(&self) -> Result<Vec<String>, Error> {
        let _lock = UpdateLock::take(&self.top, Some(&self.git_dir))?;
        let is_there =
            |hook: &Hook| hook.path.symlink_metadata().is_ok() || HookKind::USUAL.contains(&hook.kind);
        let hooks = HookKind::ALL.map(|kind| self.hook(kind)).into_iter().filter(is_there);
        hooks.map(|hook| self.remove_one(&hook)).collect()
    }

    fn remove_one(&self, hook: &Hook) -> Result<String, Error> {
        let path = shown_path(&hook.path);
        if !matches!(hook.look()?.state, State::Current | State::Other) {
            return Ok(format!("There is no hook of keydredge at {path}; nothing was changed there."));
        }
        self.refuse_outside()?;
        if hook.has_before() {
            atomic_file::rename(&hook.before(), &hook.path)?;
            return Ok(format!("The hook is gone; {path} is again the one from before."));
        }
        let failed = |source| Error::File { path: hook.path.clone(), verb: "removed", source };
        fs::remove_file(&hook.path).map_err(failed)?;
        Ok(format!("The hook is gone: {path}."))
    }
}

fn plan(hook: &Hook) -> Result<Plan, Error> {
    let FoundHook { state, link } = hook.look()?;
    let through = |which| match &link {
        Some(target) => Err(Error::Link { path: hook.path.clone(), target: target.clone(), which }),
        None => Ok(Plan::Write),
    };
    match state {
        State::Absent => Ok(Plan::Write),
        State::Current if hook.may_be_executed() => Ok(Plan::Leave),
        State::Current => through("which may not be executed"),
        State::Other => through("a hook of another version of keydredge"),
        State::Dangling => through("which is not there"),
        State::Calls | State::RunsOwn | State::Foreign if hook.has_before() => {
            Err(Error::TwoBefore { path: hook.before() })
        }
        State::Calls | State::RunsOwn | State::Foreign => Ok(Plan::KeepAndWrite),
    }
}

fn write(hook: &Hook) -> Result<(), Error> {
    Ok(atomic_file::write(&hook.path, Access::Executable, |out| out.write_all(SCRIPT.as_bytes()))?)
}

/// The existing hook may be a link; the link itself is renamed, and its target is not changed.
fn keep_and_write(hook: &Hook) -> Result<(), Error> {
    atomic_file::rename(&hook.path, &hook.before())?;
    write(hook).inspect_err(|_| {
        // The first error says more than one from undoing.
        let _ = atomic_file::rename(&hook.before(), &hook.path);
    })
}
