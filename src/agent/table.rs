//! The table: one row for each assistant.
//!
//! Names of keys and events are the vendors' own. Where a vendor has changed them, all forms are listed. Sources: the
//! hook references of Claude Code, Codex, Cursor, GitHub Copilot, VS Code, Gemini CLI, Windsurf, Cline and Mistral Vibe.

use serde_json::Value;

/// A coding assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assistant {
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Cursor.
    Cursor,
    /// Copilot CLI and the Copilot coding agent.
    Copilot,
    /// Copilot chat of VS Code.
    VsCode,
    /// Gemini CLI.
    Gemini,
    /// Windsurf Cascade.
    Windsurf,
    /// Cline.
    Cline,
    /// Mistral Vibe.
    Vibe,
}

/// When an event comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A prompt is about to be sent.
    Prompt,
    /// A tool is about to run.
    Before,
    /// A tool has run.
    After,
    /// Something that sends nothing: a session begins, the assistant has finished.
    Quiet,
}

/// What an event contains, by JSON pointers. Of several pointers the first that is there counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// A prompt and the files that are attached to it.
    Prompt { text: &'static [&'static str], attachments: &'static [&'static str] },
    /// A tool's name and input.
    Tool { name: &'static [&'static str], input: &'static [&'static str] },
    /// The input of the tool that the event is about; the event's name says which.
    Shell(&'static str),
    /// The same: a file that is about to be read.
    Read(&'static str),
    /// The same: a file with what is in it, which is about to be read.
    WholeFile,
    /// The same: a file that is changed.
    Edit(&'static str),
    /// What the tool returned. All pointers count.
    Output(&'static [&'static str]),
    /// Everything that is sent to the model.
    Request(&'static str),
    /// Nothing.
    Nothing,
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventRow {
    /// Its names.
    pub(super) names: &'static [&'static str],
    pub(super) phase: Phase,
    pub(super) content: Content,
}

/// An assistant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) assistant: Assistant,
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// Its name in sentences.
    pub(super) shown: &'static str,
    /// The keys that contain the event's name.
    pub(super) event_keys: &'static [&'static str],
    pub(super) events: &'static [EventRow],
    /// Pointers to the working directory.
    pub(super) folders: &'static [&'static str],
    /// The number of a file's first line in the `offset` of its reading tool.
    pub(super) first_line: u64,
}

const TOOL: Content =
    Content::Tool { name: &["/tool_name", "/toolName"], input: &["/tool_input", "/toolArgs", "/toolInput"] };
const PROMPT: Content = Content::Prompt { text: &["/prompt"], attachments: &["/attachments"] };
const OUTPUT: Content = Content::Output(&[
    "/tool_response",
    "/tool_output",
    "/tool_output_text",
    "/tool_result",
    "/toolResult",
    "/output",
    "/result",
    "/result_json",
    "/error",
]);

const fn event(names: &'static [&'static str], phase: Phase, content: Content) -> EventRow {
    EventRow { names, phase, content }
}

const fn quiet(names: &'static [&'static str]) -> EventRow {
    event(names, Phase::Quiet, Content::Nothing)
}

/// The events of Claude Code, which others have taken over.
const CLAUDE_EVENTS: &[EventRow] = &[
    event(&["UserPromptSubmit"], Phase::Prompt, PROMPT),
    event(&["PreToolUse", "PermissionRequest"], Phase::Before, TOOL),
    event(&["PostToolUse", "PostToolUseFailure"], Phase::After, OUTPUT),
    quiet(&[
        "ConfigChange",
        "CwdChanged",
        "Elicitation",
        "ElicitationResult",
        "FileChanged",
        "InstructionsLoaded",
        "Notification",
        "PermissionDenied",
        "PostCompact",
        "PreCompact",
        "SessionEnd",
        "SessionStart",
        "Setup",
        "Stop",
        "StopFailure",
        "SubagentStart",
        "SubagentStop",
        "TaskCompleted",
        "TaskCreated",
        "TeammateIdle",
        "WorktreeCreate",
        "WorktreeRemove",
    ]),
];

/// The events of Copilot, in its own names and in Claude's.
const COPILOT_EVENTS: &[EventRow] = &[
    event(&["userPromptSubmitted", "UserPromptSubmit", "userPromptSubmit"], Phase::Prompt, PROMPT),
    event(&["preToolUse", "PreToolUse"], Phase::Before, TOOL),
    event(&["postToolUse", "PostToolUse"], Phase::After, OUTPUT),
    quiet(&[
        "agentStop",
        "errorOccurred",
        "sessionEnd",
        "sessionStart",
        "subagentStop",
        "ErrorOccurred",
        "Notification",
        "PreCompact",
        "SessionEnd",
        "SessionStart",
        "Stop",
        "SubagentStart",
        "SubagentStop",
    ]),
];

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row {
        assistant: Assistant::Claude,
        name: "claude",
        shown: "Claude Code",
        event_keys: &["hook_event_name"],
        events: CLAUDE_EVENTS,
        folders: &["/cwd"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::Codex,
        name: "codex",
        shown: "Codex",
        event_keys: &["hook_event_name"],
        events: CLAUDE_EVENTS,
        folders: &["/cwd"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::Cursor,
        name: "cursor",
        shown: "Cursor",
        event_keys: &["hook_event_name"],
        events: &[
            event(&["beforeSubmitPrompt"], Phase::Prompt, PROMPT),
            event(&["preToolUse", "beforeMCPExecution"], Phase::Before, TOOL),
            event(&["beforeShellExecution"], Phase::Before, Content::Shell("")),
            event(&["beforeReadFile", "beforeTabFileRead"], Phase::Before, Content::WholeFile),
            event(
                &["postToolUse", "postToolUseFailure", "afterShellExecution", "afterMCPExecution"],
                Phase::After,
                OUTPUT,
            ),
            event(&["afterFileEdit", "afterTabFileEdit"], Phase::After, Content::Edit("")),
            quiet(&[
                "afterAgentResponse",
                "afterAgentThought",
                "preCompact",
                "sessionEnd",
                "sessionStart",
                "stop",
                "subagentStart",
                "subagentStop",
                "workspaceOpen",
            ]),
        ],
        folders: &["/cwd", "/workspace_roots/0"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::Copilot,
        name: "copilot",
        shown: "Copilot",
        event_keys: &["hook_event_name", "hookEventName"],
        events: COPILOT_EVENTS,
        folders: &["/cwd"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::VsCode,
        name: "vscode",
        shown: "VS Code",
        event_keys: &["hook_event_name", "hookEventName"],
        events: COPILOT_EVENTS,
        folders: &["/cwd"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::Gemini,
        name: "gemini",
        shown: "Gemini CLI",
        event_keys: &["hook_event_name"],
        events: &[
            event(&["BeforeAgent"], Phase::Prompt, PROMPT),
            event(&["BeforeModel"], Phase::Prompt, Content::Request("/llm_request")),
            event(&["BeforeTool"], Phase::Before, TOOL),
            event(&["AfterTool"], Phase::After, OUTPUT),
            quiet(&[
                "AfterAgent",
                "AfterModel",
                "BeforeToolSelection",
                "Notification",
                "PreCompress",
                "SessionEnd",
                "SessionStart",
            ]),
        ],
        folders: &["/cwd"],
        first_line: 0,
    },
    Row {
        assistant: Assistant::Windsurf,
        name: "windsurf",
        shown: "Windsurf",
        event_keys: &["agent_action_name"],
        events: &[
            event(
                &["pre_user_prompt"],
                Phase::Prompt,
                Content::Prompt {
                    text: &["/tool_info/user_prompt"],
                    attachments: &["/tool_info/attachments"],
                },
            ),
            event(&["pre_run_command"], Phase::Before, Content::Shell("/tool_info")),
            event(&["pre_write_code"], Phase::Before, Content::Edit("/tool_info")),
            event(&["pre_read_code"], Phase::Before, Content::Read("/tool_info")),
            event(
                &["pre_mcp_tool_use"],
                Phase::Before,
                Content::Tool {
                    name: &["/tool_info/mcp_tool_name"],
                    input: &["/tool_info/mcp_tool_arguments"],
                },
            ),
            event(&["post_write_code"], Phase::After, Content::Edit("/tool_info")),
            event(&["post_mcp_tool_use"], Phase::After, Content::Output(&["/tool_info/mcp_result"])),
            quiet(&[
                "post_cascade_response",
                "post_cascade_response_with_transcript",
                "post_read_code",
                "post_run_command",
                "post_setup_worktree",
            ]),
        ],
        folders: &["/tool_info/cwd", "/cwd"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::Cline,
        name: "cline",
        shown: "Cline",
        event_keys: &["hookName"],
        events: &[
            event(
                &["UserPromptSubmit"],
                Phase::Prompt,
                Content::Prompt {
                    text: &["/userPromptSubmit/prompt"],
                    attachments: &["/userPromptSubmit/attachments"],
                },
            ),
            event(
                &["PreToolUse"],
                Phase::Before,
                Content::Tool {
                    name: &["/preToolUse/toolName", "/preToolUse/tool"],
                    input: &["/preToolUse/parameters"],
                },
            ),
            event(&["PostToolUse"], Phase::After, Content::Output(&["/postToolUse/result"])),
            quiet(&["PreCompact", "TaskCancel", "TaskComplete", "TaskResume", "TaskStart"]),
        ],
        folders: &["/workspaceRoots/0", "/cwd"],
        first_line: 1,
    },
    Row {
        assistant: Assistant::Vibe,
        name: "vibe",
        shown: "Mistral Vibe",
        event_keys: &["hook_event_name"],
        events: &[
            event(&["pre_tool"], Phase::Before, TOOL),
            event(&["post_tool"], Phase::After, OUTPUT),
            quiet(&["post_agent"]),
        ],
        folders: &["/cwd"],
        first_line: 0,
    },
];

impl Assistant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Claude,
        Self::Codex,
        Self::Cursor,
        Self::Copilot,
        Self::VsCode,
        Self::Gemini,
        Self::Windsurf,
        Self::Cline,
        Self::Vibe,
    ];

    pub(super) fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.assistant == self).expect("each assistant has a row")
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its name in sentences.
    pub fn shown(self) -> &'static str {
        self.row().shown
    }

    /// The assistant that sent `event`, if its shape says so.
    ///
    /// # Design
    ///
    /// Shapes overlap, so the signs that only one assistant has come first. `transcript_path` may be null, and a
    /// project's path is in it, so only whole components of it count for Codex.
    pub fn of_event(event: &Value) -> Option<Self> {
        let has = |key: &str| event.get(key).is_some();
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        let name = text("hook_event_name").or_else(|| text("hookEventName"));
        let is_of = |assistant: Self| {
            let mut rows = assistant.row().events.iter();
            name.is_some_and(|name| rows.any(|row| row.names.contains(&name)))
        };
        let transcript = text("transcript_path").unwrap_or_default().replace('\\', "/");
        let is_in = |folder: &str| transcript.split('/').any(|part| part == folder);
        if has("agent_action_name") {
            return Some(Self::Windsurf);
        }
        if has("hookName") || has("clineVersion") {
            return Some(Self::Cline);
        }
        if has("cursor_version") {
            return Some(Self::Cursor);
        }
        if transcript.contains("github.copilot-chat") {
            return Some(Self::VsCode);
        }
        if is_of(Self::Vibe) {
            return Some(Self::Vibe);
        }
        if name.is_some_and(|name| name.starts_with("Before") || name.starts_with("After")) {
            return Some(Self::Gemini);
        }
        if has("turn_id") || is_in(".codex") {
            return Some(Self::Codex);
        }
        if is_in(".gemini") {
            return Some(Self::Gemini);
        }
        if has("session_id") && transcript.contains("claude") {
            return Some(Self::Claude);
        }
        if is_copilot(event, name) {
            return Some(Self::Copilot);
        }
        let is_in_claude = std::env::var_os("CLAUDE_PROJECT_DIR").is_some();
        (is_in_claude && is_of(Self::Claude)).then_some(Self::Claude)
    }
}

/// Copilot's older events have no name; its newer ones have exactly these keys.
fn is_copilot(event: &Value, name: Option<&str>) -> bool {
    const ALWAYS: [&str; 4] = ["cwd", "hook_event_name", "session_id", "timestamp"];
    const SOMETIMES: [&str; 4] = ["prompt", "tool_input", "tool_name", "tool_result"];
    let Some(event) = event.as_object() else { return false };
    if name.is_none() {
        let is_one = |key: &str| event.contains_key(key);
        return is_one("toolName") || (is_one("prompt") && is_one("timestamp"));
    }
    ALWAYS.iter().all(|key| event.contains_key(*key))
        && event.keys().all(|key| ALWAYS.contains(&key.as_str()) || SOMETIMES.contains(&key.as_str()))
}
