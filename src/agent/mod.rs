//! Coding assistants: how each is recognised, what its hook events contain, and what it takes for an answer.
//!
//! An assistant runs `keydredge hook agent` before it sends a prompt, before it runs a tool and after the tool has run.
//! It writes one JSON object to standard input. Here this object is read ([`Event`]) and the answer is made
//! ([`Reply`]); nothing is scanned here. What differs from assistant to assistant is data: [`table`] has a row for each.
//!
//! # Design
//!
//! An answer never grants anything. We decide only to stop. Whether to go on is for the assistant and the person: a
//! pass contains no decision, so the assistant still asks the person what it would have asked.

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
pub use seen::{EventText, FileRead};
pub use table::{Assistant, Phase};
