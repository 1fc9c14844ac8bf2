//! What a repository has and no commit does: it is staged, or was once.

use super::{Kind, Place};

/// Why a secret of a history is in no commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncommitted {
    /// It is staged, so the next commit would have it.
    Staged,
    /// Only objects that nothing names have it: it was staged once, or the commit with it was deleted.
    Unnamed,
}

impl Uncommitted {
    /// What a secret at these places is, if a history was read and no commit or tag of it names any of them.
    pub fn of<'p>(places: impl IntoIterator<Item = &'p Place>) -> Option<Self> {
        let mut found = None;
        for place in places {
            let is_alone = place.commit().is_none() && place.presence().reachable == Some(false);
            found = match place.kind() {
                Kind::Staged if is_alone => Some(Self::Staged),
                Kind::Object if is_alone => found.or(Some(Self::Unnamed)),
                _ => return None,
            };
        }
        found
    }
}
