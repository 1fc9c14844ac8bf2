//! `hook`: the git hooks.

use super::{AgentName, HookAgent, Shared};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Flags of `hook`.
#[derive(Debug, Args)]
pub struct Hook {
    /// What to do.
    #[command(subcommand)]
    pub command: HookCommand,
}

/// What `hook` does.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Make git run keydredge before each commit and each merge; a hook that is there goes on running
    Install(HookInstall),
    /// Take the hooks away; a hook that was there before is put back
    #[command(visible_alias = "uninstall")]
    Remove(HookRemove),
    /// Try the hooks that name keydredge on a planted secret, in a scratch repository, and say whether they stop it
    Status,
    /// Scan as a hook: the named files as they are staged, all staged changes, or what another stage is about
    Run(Box<HookRun>),
    /// Answer a coding assistant: look at a prompt, a tool's input or its output, which comes on standard input
    ///
    /// Exit codes: 0 go on (or a JSON answer that stops, for assistants that want one); 2 stop.
    Agent(Box<HookAgent>),
}

/// Flags of `hook run`.
#[derive(Clone, Debug, Args)]
pub struct HookRun {
    /// Which of git's hooks this is [default: pre-commit]
    ///
    /// For pre-push, pre-receive and update every commit that enters is looked at; the refs come from standard input (for
    /// update from the arguments) as git writes them. For commit-msg the argument is the file with the message.
    #[arg(long, value_enum, value_name = "STAGE")]
    pub stage: Option<Stage>,
    /// Files as a hook framework hands them over, whose staged content is read whole; or what git hands the hook
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Flags every scanning command takes.
    #[command(flatten)]
    pub shared: Shared,
}

/// Flags of `hook install`.
#[derive(Debug, Args)]
pub struct HookInstall {
    /// A hook to install; may be given often [default: pre-commit and pre-merge-commit]
    #[arg(long, value_enum, value_name = "STAGE")]
    pub stage: Vec<Stage>,
    /// In a repository that is pushed to: check every push there (the stage pre-receive)
    #[arg(long, conflicts_with_all = ["stage", "global"])]
    pub server: bool,
    /// Instead of a hook of git's: have this coding assistant ask before it sends a prompt, runs a tool or reads a file;
    /// may be given often
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["stage", "server", "global"])]
    pub agent: Vec<AgentName>,
    /// In the assistant's settings of this user, for all projects, not in those of this project
    #[arg(long, requires = "agent")]
    pub user: bool,
    /// Have the assistant be stopped also if something could not be looked at
    #[arg(long, requires = "agent")]
    pub fail_closed: bool,
    /// Have the assistant go on with placeholders instead of secrets, if it can
    #[arg(long, requires = "agent")]
    pub redact: bool,
    /// For all repositories of this user, by git's core.hooksPath; the repositories' own hooks go on running
    #[arg(long)]
    pub global: bool,
}

/// Flags of `hook remove`.
#[derive(Debug, Args)]
pub struct HookRemove {
    /// Take away what `hook install --global` installed
    #[arg(long)]
    pub global: bool,
    /// Take away what `hook install --agent` installed; may be given often
    #[arg(long, value_enum, value_name = "NAME", conflicts_with = "global")]
    pub agent: Vec<AgentName>,
    /// In the assistant's settings of this user, not in those of this project
    #[arg(long, requires = "agent")]
    pub user: bool,
}

/// One of git's hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Before each commit
    PreCommit,
    /// Before each merge that git commits by itself
    PreMergeCommit,
    /// Before each push, in the repository that is pushed from
    PrePush,
    /// Before each commit, for its message
    CommitMsg,
    /// Before a push is taken, in the repository that is pushed to
    PreReceive,
    /// Before each ref of a push is taken, in the repository that is pushed to
    Update,
}
