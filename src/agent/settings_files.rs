//! Where assistants keep their settings, in what form, and for which events our entry is put in.

use super::table::Assistant;

/// The form of a settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileForm {
    /// `hooks: { Event: [{ matcher, hooks: [entry] }] }`.
    Nested,
    /// `hooks: { event: [entry] }`, beside `version: 1` if that is wanted.
    Flat { has_version: bool },
    /// `[[hooks]]` in TOML.
    Toml,
    /// A folder with a script for each event.
    Scripts,
}

/// Where an assistant's settings are.
#[derive(Debug)]
pub(super) struct SettingsRow {
    /// Which assistant.
    pub(super) assistant: Assistant,
    /// The form of the file.
    pub(super) form: FileForm,
    /// Relative to the project's top.
    pub(super) project: &'static str,
    /// A variable that names the user's folder, and that folder in the home directory without it.
    pub(super) variable: Option<&'static str>,
    /// See `variable`.
    pub(super) folder: &'static str,
    /// Relative to the user's folder.
    pub(super) user: &'static str,
    /// The events, and whether each takes a pattern for tools.
    pub(super) events: &'static [(&'static str, bool)],
    /// Other files of hooks in a project, for the report of foreign ones.
    pub(super) others: &'static [&'static str],
}

const CLAUDE_EVENTS: &[(&str, bool)] =
    &[("UserPromptSubmit", false), ("PreToolUse", true), ("PostToolUse", true)];

/// One row for each assistant.
pub(super) const SETTINGS: &[SettingsRow] = &[
    SettingsRow {
        assistant: Assistant::Claude,
        form: FileForm::Nested,
        project: ".claude/settings.json",
        variable: Some("CLAUDE_CONFIG_DIR"),
        folder: ".claude",
        user: "settings.json",
        events: CLAUDE_EVENTS,
        others: &[".claude/settings.local.json"],
    },
    SettingsRow {
        assistant: Assistant::Codex,
        form: FileForm::Nested,
        project: ".codex/hooks.json",
        variable: Some("CODEX_HOME"),
        folder: ".codex",
        user: "hooks.json",
        events: CLAUDE_EVENTS,
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::Cursor,
        form: FileForm::Flat { has_version: true },
        project: ".cursor/hooks.json",
        variable: None,
        folder: ".cursor",
        user: "hooks.json",
        events: &[
            ("beforeSubmitPrompt", false),
            ("preToolUse", false),
            ("beforeShellExecution", false),
            ("beforeMCPExecution", false),
            ("beforeReadFile", false),
            ("postToolUse", false),
        ],
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::Copilot,
        form: FileForm::Flat { has_version: true },
        project: ".github/hooks/keydredge.json",
        variable: None,
        folder: ".copilot",
        user: "hooks/keydredge.json",
        events: &[("userPromptSubmitted", false), ("preToolUse", false), ("postToolUse", false)],
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::VsCode,
        form: FileForm::Flat { has_version: true },
        project: ".github/hooks/hooks.json",
        variable: None,
        folder: ".copilot",
        user: "hooks/hooks.json",
        events: &[("UserPromptSubmit", false), ("PreToolUse", false), ("PostToolUse", false)],
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::Gemini,
        form: FileForm::Nested,
        project: ".gemini/settings.json",
        variable: None,
        folder: ".gemini",
        user: "settings.json",
        events: &[("BeforeAgent", false), ("BeforeTool", true), ("AfterTool", true)],
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::Windsurf,
        form: FileForm::Flat { has_version: false },
        project: ".windsurf/hooks.json",
        variable: None,
        folder: ".codeium/windsurf",
        user: "hooks.json",
        events: &[
            ("pre_user_prompt", false),
            ("pre_run_command", false),
            ("pre_read_code", false),
            ("pre_write_code", false),
            ("pre_mcp_tool_use", false),
            ("post_mcp_tool_use", false),
        ],
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::Cline,
        form: FileForm::Scripts,
        project: ".clinerules/hooks",
        variable: None,
        folder: "Documents/Cline",
        user: "Hooks",
        events: CLAUDE_EVENTS,
        others: &[],
    },
    SettingsRow {
        assistant: Assistant::Vibe,
        form: FileForm::Toml,
        project: ".vibe/hooks.toml",
        variable: Some("VIBE_HOME"),
        folder: ".vibe",
        user: "hooks.toml",
        events: &[("pre_tool", true), ("post_tool", true)],
        others: &[],
    },
];
