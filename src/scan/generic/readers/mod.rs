//! Readers of forms in which a value is named other than by an assignment: on a command line, in a settings file of lines, in
//! the call of a login, in a manifest.

pub(super) mod command;
pub(super) mod directive;
pub(super) mod login;
pub(super) mod manifest;
