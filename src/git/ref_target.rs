//! The value of a ref: an id, or the name of another ref.

use crate::model::ObjectId;

/// The content of a ref's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Id(ObjectId),
    Ref(Vec<u8>),
}

/// The target of a ref whose file contains `text`.
pub(crate) fn parse(text: &[u8]) -> Option<Target> {
    let text = text.trim_ascii();
    match text.strip_prefix(b"ref:") {
        Some(name) => Some(Target::Ref(name.trim_ascii().to_vec())),
        None => std::str::from_utf8(text.split(u8::is_ascii_whitespace).next()?)
            .ok()
            .and_then(ObjectId::from_hex)
            .map(Target::Id),
    }
}
