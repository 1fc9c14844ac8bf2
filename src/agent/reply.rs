//! What an assistant takes for an answer.
//!
//! # Design
//!
//! Some assistants stop if the exit code is 2. They get that code, the reason on standard error, and their own JSON too;
//! each of the two is enough to stop them. The others stop only for their JSON. No other exit code is used, since 1 stops
//! nothing in most of them. A pass says nothing that could be taken for a permission.

use super::table::{Assistant, Phase};
use serde_json::{Value, json};

/// What came of looking.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing was found.
    Pass,
    /// Not everything could be looked at, and the person wants to go on all the same; a sentence.
    Warn(String),
    /// Stop, with the reason.
    Stop(String),
    /// Go on with this in place of the tool's input or output, and say why.
    Replace(Value, String),
}

/// The answer to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// For standard output; empty for none.
    pub stdout: String,
    /// For standard error; empty for none.
    pub stderr: String,
    /// Whether the exit code is 2; else it is 0.
    pub is_stop: bool,
}

/// True if `assistant` can go on with something else in place of what the event contains.
pub(super) fn can_replace(assistant: Option<Assistant>, event: &str) -> bool {
    matches!(
        (assistant, event),
        (Some(Assistant::Claude), "PreToolUse" | "PostToolUse")
            | (Some(Assistant::Gemini), "BeforeTool" | "AfterTool" | "BeforeModel")
    )
}

impl Reply {
    /// The answer of `verdict` to the event `event`, which comes at `phase`.
    pub fn new(assistant: Option<Assistant>, event: &str, phase: Phase, verdict: &Verdict) -> Self {
        let stderr = match verdict {
            Verdict::Pass => String::new(),
            Verdict::Warn(why) | Verdict::Stop(why) | Verdict::Replace(_, why) => format!("{why}\n"),
        };
        let json = match verdict {
            Verdict::Pass => pass(assistant, phase),
            Verdict::Warn(why) => warning(assistant, phase, why),
            Verdict::Stop(why) => stop(assistant, event, phase, why),
            Verdict::Replace(value, why) => Some(replacement(assistant, event, value, why)),
        };
        let stops_by_code = !matches!(
            assistant,
            Some(Assistant::Copilot | Assistant::VsCode | Assistant::Cline | Assistant::Vibe)
        );
        let is_stop = matches!(verdict, Verdict::Stop(_)) && stops_by_code;
        Self { stdout: json.map(|json| format!("{json}\n")).unwrap_or_default(), stderr, is_stop }
    }
}

fn pass(assistant: Option<Assistant>, phase: Phase) -> Option<Value> {
    match assistant? {
        Assistant::Claude | Assistant::Copilot | Assistant::Windsurf | Assistant::Vibe => None,
        Assistant::Codex | Assistant::Gemini => Some(json!({})),
        Assistant::Cursor if phase == Phase::Prompt => Some(json!({ "continue": true })),
        // No decision: "allow" could answer for the person.
        Assistant::Cursor => Some(json!({})),
        Assistant::VsCode => Some(json!({ "continue": true })),
        Assistant::Cline => Some(json!({ "cancel": false })),
    }
}

fn warning(assistant: Option<Assistant>, phase: Phase, why: &str) -> Option<Value> {
    match assistant {
        None | Some(Assistant::Claude | Assistant::Codex | Assistant::Gemini) => {
            Some(json!({ "systemMessage": why }))
        }
        Some(Assistant::VsCode) => Some(json!({ "continue": true, "systemMessage": why })),
        Some(Assistant::Cursor) if phase == Phase::Prompt => {
            Some(json!({ "continue": true, "user_message": why }))
        }
        Some(Assistant::Cursor) => Some(json!({ "user_message": why })),
        Some(Assistant::Vibe) => Some(json!({ "system_message": why })),
        Some(Assistant::Cline) => Some(json!({ "cancel": false })),
        // Standard error is what they show.
        Some(Assistant::Copilot | Assistant::Windsurf) => None,
    }
}

fn stop(assistant: Option<Assistant>, event: &str, phase: Phase, why: &str) -> Option<Value> {
    let denial = || {
        json!({
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": why,
        })
    };
    Some(match (assistant, phase) {
        (Some(Assistant::Windsurf), _) => return None,
        (Some(Assistant::Claude | Assistant::Codex), Phase::Before) if event == "PermissionRequest" => {
            json!({
                "hookSpecificOutput": {
                    "hookEventName": event,
                    "decision": { "behavior": "deny", "message": why },
                },
            })
        }
        (Some(Assistant::Claude | Assistant::Codex | Assistant::VsCode), Phase::Before) => {
            json!({ "hookSpecificOutput": denial() })
        }
        (Some(Assistant::Claude | Assistant::Codex), _) => json!({ "decision": "block", "reason": why }),
        (Some(Assistant::Cursor), Phase::Prompt) => json!({ "continue": false, "user_message": why }),
        (Some(Assistant::Cursor), Phase::Before)
            if event == "beforeReadFile" || event == "beforeTabFileRead" =>
        {
            json!({ "permission": "deny" })
        }
        (Some(Assistant::Cursor), Phase::Before) => {
            json!({ "permission": "deny", "user_message": why, "agent_message": why })
        }
        (Some(Assistant::Cursor), _) => json!({ "user_message": why }),
        // The documented form and the one that newer versions take from Claude Code.
        (Some(Assistant::Copilot), Phase::Before) => json!({
            "permissionDecision": "deny",
            "permissionDecisionReason": why,
            "hookSpecificOutput": denial(),
        }),
        (Some(Assistant::VsCode), Phase::Prompt) => json!({ "continue": false, "stopReason": why }),
        (Some(Assistant::Copilot | Assistant::VsCode), _) => json!({ "decision": "block", "reason": why }),
        (Some(Assistant::Gemini | Assistant::Vibe), _) => json!({ "decision": "deny", "reason": why }),
        (Some(Assistant::Cline), _) => json!({ "cancel": true, "errorMessage": why }),
        // All forms at once: some of them will be understood.
        (None, _) => json!({
            "continue": false,
            "stopReason": why,
            "decision": "deny",
            "reason": why,
            "permission": "deny",
            "permissionDecision": "deny",
            "permissionDecisionReason": why,
            "cancel": true,
            "errorMessage": why,
            "hookSpecificOutput": denial(),
        }),
    })
}

/// # Design
///
/// Claude Code takes another input only with a decision. "ask" has the person decide; "allow" would decide for them.
fn replacement(assistant: Option<Assistant>, event: &str, value: &Value, why: &str) -> Value {
    match (assistant, event) {
        (Some(Assistant::Claude), "PreToolUse") => json!({
            "systemMessage": why,
            "hookSpecificOutput": {
                "hookEventName": event,
                "permissionDecision": "ask",
                "permissionDecisionReason": why,
                "updatedInput": value,
            },
        }),
        (Some(Assistant::Claude), _) => json!({
            "systemMessage": why,
            "hookSpecificOutput": { "hookEventName": event, "updatedToolOutput": value },
        }),
        (_, "BeforeTool") => json!({
            "systemMessage": why,
            "hookSpecificOutput": { "hookEventName": event, "tool_input": value },
        }),
        (_, "BeforeModel") => json!({
            "systemMessage": why,
            "hookSpecificOutput": { "hookEventName": event, "llm_request": value },
        }),
        // The reason is what the model gets in place of the result.
        _ => {
            let text = value.get("llmContent").unwrap_or(value);
            let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
            json!({ "systemMessage": why, "decision": "deny", "reason": text })
        }
    }
}
