//! An event as an assistant would send it, to try whether it is stopped.

use super::table::Assistant;
use serde_json::{Value, json};

impl Assistant {
    /// An event that contains `text`: a prompt, or a tool's input if the assistant asks about no prompts.
    pub fn sample(self, text: &str) -> Value {
        match self {
            Self::Claude => json!({
                "session_id": "keydredge", "transcript_path": "/.claude/keydredge.jsonl",
                "hook_event_name": "UserPromptSubmit", "prompt": text,
            }),
            Self::Codex => json!({
                "session_id": "keydredge", "turn_id": "1", "transcript_path": null,
                "hook_event_name": "UserPromptSubmit", "prompt": text,
            }),
            Self::Cursor => json!({
                "cursor_version": "keydredge", "hook_event_name": "beforeSubmitPrompt",
                "prompt": text, "attachments": [],
            }),
            Self::Copilot => json!({ "timestamp": 0, "prompt": text }),
            Self::VsCode => json!({
                "hookEventName": "UserPromptSubmit", "prompt": text,
                "transcript_path": "/github.copilot-chat/keydredge.json",
            }),
            Self::Gemini => json!({
                "session_id": "keydredge", "hook_event_name": "BeforeAgent", "prompt": text,
            }),
            Self::Windsurf => json!({
                "agent_action_name": "pre_user_prompt", "tool_info": { "user_prompt": text },
            }),
            Self::Cline => json!({
                "clineVersion": "keydredge", "hookName": "UserPromptSubmit",
                "userPromptSubmit": { "prompt": text, "attachments": [] },
            }),
            Self::Vibe => json!({
                "hook_event_name": "pre_tool", "tool_name": "bash", "tool_input": { "command": text },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::agent::{Assistant, Parsed};

    #[test]
    fn a_sample_is_read_as_an_event_of_its_assistant() {
        for assistant in Assistant::ALL {
            let parsed = Parsed::of(&assistant.sample("some text"), None);
            assert_eq!(parsed.assistant, Some(assistant));
            assert!(parsed.event.problems.is_empty(), "{parsed:?}");
            assert!(parsed.event.texts.iter().any(|text| text.text.contains("some text")), "{parsed:?}");
        }
    }
}
