//! A file of settings as text.

use crate::source::settings::Directory;

/// A file of settings as text.
pub(super) struct SettingsText {
    /// Where it was found.
    pub(super) path: String,
    /// Its content.
    pub(super) text: String,
    /// What the paths in it are relative to.
    pub(super) directory: Directory,
}
