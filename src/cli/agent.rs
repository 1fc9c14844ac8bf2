//! `hook agent`: the hooks of coding assistants.

use super::Shared;
use crate::model::{Confidence, Severity};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// How long a text or a file may take: assistants wait for 30 seconds or more, and go on if there is no answer then.
const LIMIT: Duration = Duration::from_secs(15);

/// Flags of `hook agent`.
#[derive(Debug, Args)]
pub struct HookAgent {
    /// The assistant that runs this (`hook install --agent` writes it); without it, the event's shape says which
    #[arg(long = "for", value_enum, value_name = "NAME")]
    pub assistant: Option<AgentName>,
    /// Stop what could not be looked at (an event that cannot be read, a broken configuration), too
    #[arg(long)]
    pub fail_closed: bool,
    /// Go on with placeholders instead of secrets, if the assistant can; else stop
    #[arg(long)]
    pub redact: bool,
    /// Configuration file, instead of the keydredge.toml that is in the index of the repository
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Stop for findings of at least this confidence: low, medium, high, certain [default: medium]
    #[arg(long, value_name = "LEVEL", value_parser = super::shared::parse_confidence)]
    pub min_confidence: Option<Confidence>,
    /// Stop for findings of at least this severity: info, low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY", value_parser = super::shared::parse_severity)]
    pub fail_on: Option<Severity>,
    /// Stop for the values of this index of known secrets, too; `keydredge known add` makes one
    #[arg(long, value_name = "INDEX", env = "KEYDREDGE_KNOWN", hide_env_values = true)]
    pub known: Option<PathBuf>,
}

impl HookAgent {
    /// The flags of a scan with the same settings.
    pub fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            min_confidence: self.min_confidence,
            fail_on: self.fail_on,
            known: self.known.clone(),
            max_time_per_file: Some(LIMIT),
            ..Shared::plain()
        }
    }
}

/// A coding assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum AgentName {
    /// Claude Code
    Claude,
    /// Codex CLI
    Codex,
    /// Cursor
    Cursor,
    /// Copilot CLI and the Copilot coding agent
    Copilot,
    /// Copilot chat of VS Code
    Vscode,
    /// Gemini CLI
    Gemini,
    /// Windsurf Cascade
    Windsurf,
    /// Cline
    Cline,
    /// Mistral Vibe
    Vibe,
}
