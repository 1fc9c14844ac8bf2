//! Readers of forms that name a value other than by an assignment: a command line, a directive in a settings file, the
//! call of a login, a manifest, a note, an entry of a mapping, a record of a tool, words beside a login, a cell of a page's table.

pub(super) mod command;
pub(super) mod directive;
pub(super) mod entries;
pub(super) mod html_table;
pub(super) mod login;
pub(super) mod manifest;
pub(super) mod note;
pub(super) mod passphrase;
pub(super) mod state;
pub(super) mod typing;
pub(super) mod uncalled;
