//! Coding assistants: how each is recognised, what its hook events contain, and what it takes for an answer.
//!
//! An assistant runs `keydredge hook agent` before it sends a prompt, before it runs a tool and after the tool has run.
//! It writes one JSON object to standard input. Here this object is read ([`Event`]) and the answer is made
//! ([`Reply`]); nothing is scanned here. What differs from assistant to assistant is data: [`table`] has a row for each.
//!
//! # Design
//!
//! An answer never grants anything. To stop is a decision of ours; to go on is left to the assistant and the person,
//! so a pass has no decision in it, and does not take away the question that the person would be asked.

mod event;
mod install;
mod json_text;
mod mention;
mod places;
mod reply;
mod sample;
mod seen;
mod settings_files;
mod shell;
mod table;
mod tool;

pub use event::{Event, Parsed};
pub use install::{AgentCommand, AgentSettings, Error, Installed, Whose};
pub use places::places;
pub use reply::{Reply, Verdict};
pub use seen::{FileRead, Text};
pub use table::{Assistant, Phase};
