//! Readers of forms that name a value other than by an assignment: a command line, a directive in a settings file, the
//! call of a login, a manifest.

pub(super) mod command;
pub(super) mod directive;
pub(super) mod login;
pub(super) mod manifest;
