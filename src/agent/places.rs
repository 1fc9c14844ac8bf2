//! Where assistants keep transcripts and settings on a machine: what was in a prompt or a tool's output is there.
//!
//! The stores of an assistant's own credentials (`auth.json`, `.credentials.json`) are not among them: credentials
//! belong in those files.

use std::io;
use std::path::{Path, PathBuf};

/// What the places of an assistant are relative to.
#[derive(Clone, Copy)]
enum PathBase {
    /// The folder that a variable names; without it, this one in the home directory.
    Own(&'static str, &'static str),
    /// The home directory.
    Home,
    /// The folders of applications' settings.
    Settings,
    /// The project.
    Project,
}

/// The places.
const PLACES: &[(PathBase, &[&str])] = &[
    // Claude Code and Claude Desktop.
    (
        PathBase::Own("CLAUDE_CONFIG_DIR", ".claude"),
        &[
            "projects",
            "history.jsonl",
            "settings.json",
            "settings.local.json",
            "CLAUDE.md",
            "agents",
            "commands",
            "debug",
            "file-history",
            "paste-cache",
            "plans",
            "plugins",
            "session-env",
            "shell-snapshots",
            "todos",
        ],
    ),
    (PathBase::Home, &[".claude.json"]),
    (PathBase::Settings, &["Claude/claude_desktop_config.json"]),
    // Codex.
    (
        PathBase::Own("CODEX_HOME", ".codex"),
        &["sessions", "archived_sessions", "history.jsonl", "log", "config.toml", "hooks.json", "AGENTS.md"],
    ),
    // Cursor.
    (PathBase::Home, &[".cursor/mcp.json", ".cursor/hooks.json", ".cursor/projects", ".cursor/chats"]),
    (
        PathBase::Settings,
        &[
            "Cursor/User/settings.json",
            "Cursor/User/globalStorage/state.vscdb",
            "Cursor/User/workspaceStorage",
        ],
    ),
    // Copilot.
    (
        PathBase::Home,
        &[
            ".copilot/session-state",
            ".copilot/history-session-state",
            ".copilot/command-history-state.json",
            ".copilot/logs",
            ".copilot/mcp-config.json",
            ".copilot/hooks",
        ],
    ),
    // VS Code, and Cline in it.
    (
        PathBase::Settings,
        &[
            "Code/User/settings.json",
            "Code/User/mcp.json",
            "Code/User/globalStorage/emptyWindowChatSessions",
            "Code/User/globalStorage/github.copilot-chat",
            "Code/User/globalStorage/saoudrizwan.claude-dev",
            "Code/User/workspaceStorage",
        ],
    ),
    // Gemini CLI.
    (PathBase::Home, &[".gemini/tmp", ".gemini/history", ".gemini/settings.json", ".gemini/GEMINI.md"]),
    // Windsurf.
    (
        PathBase::Home,
        &[
            ".codeium/windsurf/cascade",
            ".codeium/windsurf/memories",
            ".codeium/windsurf/mcp_config.json",
            ".codeium/windsurf/hooks.json",
        ],
    ),
    (
        PathBase::Settings,
        &[
            "Windsurf/User/settings.json",
            "Windsurf/User/globalStorage/state.vscdb",
            "Windsurf/User/workspaceStorage",
        ],
    ),
    // Cline.
    (PathBase::Home, &[".cline/data/tasks", ".cline/data/settings", "Documents/Cline"]),
    // Mistral Vibe.
    (PathBase::Own("VIBE_HOME", ".vibe"), &["logs", "vibehistory", "config.toml", "hooks.toml"]),
    // What a project has of them, ignored by git or not.
    (
        PathBase::Project,
        &[
            ".mcp.json",
            ".claude/settings.json",
            ".claude/settings.local.json",
            ".codex/config.toml",
            ".codex/hooks.json",
            ".cursor/mcp.json",
            ".cursor/hooks.json",
            ".github/hooks",
            ".vscode/mcp.json",
            ".vscode/settings.json",
            ".gemini/settings.json",
            ".windsurf/hooks.json",
            ".clinerules",
            ".vibe/config.toml",
            ".vibe/hooks.toml",
        ],
    ),
];

/// The places that are there: those of this user, and those of the project whose top is `project`. A place that cannot
/// be looked at is among them.
pub fn places(project: &Path) -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let at_home = |folder: &str| home.as_ref().map(|home| home.join(folder));
    let mut found = Vec::new();
    for (base, names) in PLACES {
        let folders: Vec<PathBuf> = match base {
            PathBase::Own(name, folder) => variable(name).or_else(|| at_home(folder)).into_iter().collect(),
            PathBase::Home => home.iter().cloned().collect(),
            PathBase::Settings => {
                let ours = variable("XDG_CONFIG_HOME").or_else(|| at_home(".config"));
                [ours, at_home("Library/Application Support"), variable("APPDATA")]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            PathBase::Project => vec![project.to_owned()],
        };
        for path in folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name))) {
            let is_absent = path.metadata().is_err_and(|error| {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            });
            if !is_absent && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}
