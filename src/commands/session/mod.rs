//! What every command needs: its settings, its output, and how it ends.

pub(crate) mod as_gitleaks;
pub(crate) mod attribution;
pub(crate) mod audit;
pub(crate) mod command_name;
pub(crate) mod exit;
pub(crate) mod input;
pub(crate) mod interrupt;
pub(crate) mod job;
pub(crate) mod known;
pub(crate) mod masked;
pub(crate) mod options;
pub(crate) mod other_tools;
pub(crate) mod output;
pub(crate) mod settings;
mod settings_text;
pub(crate) mod text_file;
pub(crate) mod unopened;
pub(crate) mod verification;
