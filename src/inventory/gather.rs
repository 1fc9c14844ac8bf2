//! Texts in, mentions out: what the files of a repository say about secrets without containing them.

use super::mention::Mention;
use super::{dockerfile, logging, references};
use crate::model::Piece;
use crate::sync::{into_inner, lock};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The most mentions of a repository: a text that repeats references a million times must not fill the memory.
const MOST: usize = if cfg!(test) { 100 } else { 200_000 };

/// Why a text is unread whose mentions are beyond that.
pub const TOO_MANY: &str = "too many references";

/// Collects mentions from the threads of a source.
#[derive(Debug, Default)]
pub struct MentionCollector {
    mentions: Mutex<BTreeSet<Mention>>,
    in_pieces: Mutex<BTreeSet<String>>,
}

/// What was collected.
#[derive(Debug, Default)]
pub struct CollectedMentions {
    /// All of them, sorted.
    pub mentions: BTreeSet<Mention>,
    /// Files so large that they came in pieces: manifests and calls that go over a piece's end are not seen in them.
    pub in_pieces: BTreeSet<String>,
}

impl MentionCollector {
    /// Looks through the text of the file `path`, or a piece of it that starts on `line`; `inner` is the path inside it, if
    /// it is a container.
    ///
    /// # Errors
    /// [`TOO_MANY`], if not all of it could be kept.
    pub fn take(
        &self,
        path: &str,
        inner: Option<&str>,
        piece: &Piece<'_>,
        line: u64,
    ) -> Result<(), &'static str> {
        let name = match inner {
            Some(inner) => format!("{path}!{inner}"),
            None => path.to_owned(),
        };
        let is_whole = piece.offset == 0 && piece.fresh == (0..piece.bytes.len());
        let mut found = Vec::new();
        if let Some(mention) = references::encrypted(&name, piece) {
            found.push(mention);
        }
        let wide = is_whole.then(|| decoded(piece.bytes)).flatten();
        let text = wide.as_deref().unwrap_or(piece.bytes);
        if wide.is_none() && piece.head.contains(&0) {
            return self.keep(found);
        }
        references::find(&name, text, line, &mut found);
        // Code that is packed is somebody else's.
        if inner.is_none() {
            logging::find(&name, text, line, &mut found);
            dockerfile::find(&name, text, line, &mut found);
        }
        if !is_whole {
            let mut in_pieces = lock(&self.in_pieces);
            in_pieces.insert(name);
        }
        self.keep(found)
    }

    fn keep(&self, found: Vec<Mention>) -> Result<(), &'static str> {
        if found.is_empty() {
            return Ok(());
        }
        let mut mentions = lock(&self.mentions);
        let room = MOST.saturating_sub(mentions.len());
        let fits = found.len() <= room;
        mentions.extend(found.into_iter().take(room));
        if fits { Ok(()) } else { Err(TOO_MANY) }
    }

    /// Ends the collection.
    pub fn finish(self) -> CollectedMentions {
        CollectedMentions { mentions: into_inner(self.mentions), in_pieces: into_inner(self.in_pieces) }
    }
}

/// The text of UTF-16 with a byte-order mark.
fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let (encoding, _) = encoding_rs::Encoding::for_bom(bytes)?;
    if encoding == encoding_rs::UTF_8 {
        return None;
    }
    let (text, ..) = encoding.decode(bytes);
    Some(text.into_owned().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_mentions_than_fit_make_a_text_unread() {
        let collector = MentionCollector::default();
        let text = |count: usize| (0..count).map(|one| format!("a: op://team/{one}/x\n")).collect::<String>();
        assert_eq!(collector.take("a.yml", None, &Piece::whole(text(MOST).as_bytes()), 1), Ok(()));
        assert_eq!(collector.take("b.yml", None, &Piece::whole(text(1).as_bytes()), 1), Err(TOO_MANY));
        assert_eq!(collector.finish().mentions.len(), MOST);
    }

    #[test]
    fn utf_16_is_read_and_binary_files_are_not() {
        let collector = MentionCollector::default();
        let wide: Vec<u8> = "\u{feff}a: op://team/wide/x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        collector.take("wide.txt", None, &Piece::whole(&wide), 1).expect("there is room");
        collector.take("x.bin", None, &Piece::whole(b"\0 op://team/binary/x"), 1).expect("there is room");
        let found = collector.finish().mentions;
        assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["team/wide/x"]);
    }
}
