//! Names in a history that contain secrets: of refs, of the people who made commits and tags, of files and
//! folders.

pub(super) mod bearers;
mod places;
pub(super) mod scan;
