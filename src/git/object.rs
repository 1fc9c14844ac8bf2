//! The four kinds of object, and parsers for commits, tags and trees. Anything that is not well-formed is `None`: the
//! object is corrupt.

use crate::model::{Commit, ObjectId, PEM_BEGIN, PEM_END};
use encoding_rs::Encoding;
use std::borrow::Cow;

/// The four types of object, numbered as a pack's entries number them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ObjectKind {
    /// A commit.
    Commit = 1,
    /// A tree.
    Tree = 2,
    /// A blob.
    Blob = 3,
    /// An annotated tag.
    Tag = 4,
}

impl ObjectKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Commit, Self::Tree, Self::Blob, Self::Tag];

    /// The kind that a pack's entries write as `code`.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Commit),
            2 => Some(Self::Tree),
            3 => Some(Self::Blob),
            4 => Some(Self::Tag),
            _ => None,
        }
    }

    /// The name in git's object headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// Some of the four kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// The kinds listed.
    pub const fn of(kinds: &[ObjectKind]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// True if `kind` is one of them.
    pub const fn contains(self, kind: ObjectKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// True for the id of the tree without entries, which is built into git, so that a store need not contain it.
pub(crate) fn is_empty_tree(id: ObjectId) -> bool {
    const SHA1: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    const SHA256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
    [SHA1, SHA256].iter().any(|hex| ObjectId::from_hex(hex) == Some(id))
}

/// A commit's links, and who made it.
#[derive(Debug)]
pub(crate) struct CommitText<'a> {
    /// Its tree.
    pub(crate) tree: ObjectId,
    /// Its parents, in order.
    pub(crate) parents: Vec<ObjectId>,
    /// The author, as the header has it (name, address, time, zone), in UTF-8 if the commit names its encoding.
    pub(crate) author: Cow<'a, [u8]>,
    /// The committer, likewise.
    pub(crate) committer: Cow<'a, [u8]>,
    /// The committer's time, seconds since 1970.
    pub(crate) time: i64,
    /// All that follows the headers.
    pub(crate) message: &'a [u8],
    headers: &'a [u8],
}

impl<'a> CommitText<'a> {
    /// Reads a commit whose ids have `width` bytes.
    pub(crate) fn parse(bytes: &'a [u8], width: usize) -> Option<Self> {
        let (headers, message) = split(bytes);
        let (mut tree, mut author, mut committer, mut time) = (None, &b""[..], &b""[..], 0);
        let mut encoding = &b""[..];
        let mut parents = Vec::new();
        for line in headers.split(|&byte| byte == b'\n') {
            if let Some(hex) = line.strip_prefix(b"tree ") {
                tree = tree.or(Some(id(hex, width)?));
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                parents.push(id(hex, width)?);
            } else if let Some(text) = line.strip_prefix(b"author ").filter(|_| author.is_empty()) {
                author = text;
            } else if let Some(text) = line.strip_prefix(b"committer ").filter(|_| committer.is_empty()) {
                committer = text;
                time = person(text, ObjectId::from_bytes(&[0; 20])?).time;
            } else if let Some(text) = line.strip_prefix(b"encoding ").filter(|_| encoding.is_empty()) {
                encoding = text;
            }
        }
        let (author, committer) = (in_utf8(author, encoding), in_utf8(committer, encoding));
        Some(Self { tree: tree?, parents, author, committer, time, message, headers })
    }

    /// The text to scan: the message, and below it [what other headers say](other_headers).
    pub(crate) fn text(&self) -> Cow<'a, [u8]> {
        with_other_headers(self.message, self.headers, &COMMIT_HEADERS)
    }
}

/// A header in UTF-8, if `encoding` names the encoding of one that is not: `i18n.commitEncoding` was set. Otherwise the
/// header as it is.
fn in_utf8<'a>(header: &'a [u8], encoding: &[u8]) -> Cow<'a, [u8]> {
    if encoding.is_empty() || std::str::from_utf8(header).is_ok() {
        return Cow::Borrowed(header);
    }
    // git also writes the names that iconv knows: `latin-1`.
    let label: Vec<u8> = encoding.iter().map(u8::to_ascii_lowercase).collect();
    let label = if label == b"latin-1" { b"latin1" } else { &*label };
    match Encoding::for_label(label)
        .and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(header))
    {
        Some(text) => Cow::Owned(text.into_owned().into_bytes()),
        None => Cow::Borrowed(header),
    }
}

/// An annotated tag.
#[derive(Debug)]
pub(crate) struct TagText<'a> {
    /// What it names.
    pub(crate) target: ObjectId,
    /// Its own name; a ref to it may have another.
    pub(crate) name: &'a [u8],
    /// The tagger, as the header has it; empty in very old tags.
    pub(crate) tagger: &'a [u8],
    /// All that follows the headers.
    pub(crate) message: &'a [u8],
    headers: &'a [u8],
}

impl<'a> TagText<'a> {
    /// Reads a tag whose ids have `width` bytes.
    pub(crate) fn parse(bytes: &'a [u8], width: usize) -> Option<Self> {
        let (headers, message) = split(bytes);
        let mut lines = headers.split(|&byte| byte == b'\n');
        let target = id(lines.next()?.strip_prefix(b"object ")?, width)?;
        let (mut name, mut tagger) = (&b""[..], &b""[..]);
        for line in lines {
            match (line.strip_prefix(b"tag "), line.strip_prefix(b"tagger ")) {
                (Some(text), _) if name.is_empty() => name = text,
                (_, Some(text)) if tagger.is_empty() => tagger = text,
                _ => {}
            }
        }
        Some(Self { target, name, tagger, message, headers })
    }

    /// The text to scan, as for a commit.
    pub(crate) fn text(&self) -> Cow<'a, [u8]> {
        with_other_headers(self.message, self.headers, &TAG_HEADERS)
    }
}

/// The headers that have a meaning here.
const COMMIT_HEADERS: [&[u8]; 5] = [b"tree", b"parent", b"author", b"committer", b"encoding"];
const TAG_HEADERS: [&[u8]; 4] = [b"object", b"type", b"tag", b"tagger"];

/// A message and, below it, what other headers say.
fn with_other_headers<'a>(message: &'a [u8], headers: &[u8], known: &[&[u8]]) -> Cow<'a, [u8]> {
    let others = other_headers(headers, known);
    if others.is_empty() {
        return Cow::Borrowed(message);
    }
    Cow::Owned([message, b"\n\n", &others].concat())
}

/// The text of the headers that is read nowhere else, one line each: a merged tag with its message, comments in a
/// signature, notes of other programs, the second of what can be there once, and what a header that is `known` has beside
/// its value. All of it is published with the commit. The lines of a signature that are nothing but base64 are left out.
fn other_headers(headers: &[u8], known: &[&[u8]]) -> Vec<u8> {
    let is_base64 =
        |line: &[u8]| line.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    let mut others = Vec::new();
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut is_signature = false;
    for line in headers.split(|&byte| byte == b'\n') {
        // No header that is known goes on in a second line.
        let text = line.strip_prefix(b" ").unwrap_or_else(|| {
            let name = line.split(|&byte| byte == b' ').next().unwrap_or_default();
            let is_first = name == b"parent" || !seen.contains(&name);
            seen.push(name);
            if known.contains(&name) && is_first { beside_value(name, line) } else { line }
        });
        is_signature |= memchr::memmem::find(text, PEM_BEGIN).is_some();
        is_signature &= !text.starts_with(PEM_END);
        if !(text.is_empty() || is_signature && is_base64(text)) {
            others.extend_from_slice(text);
            others.push(b'\n');
        }
    }
    others
}

/// What a header that is known has beside its value; all of it if it has no such value. Ids are read as such, and names are
/// read with the names.
fn beside_value<'l>(name: &[u8], line: &'l [u8]) -> &'l [u8] {
    let value = line.get(name.len() + 1..).unwrap_or_default();
    match name {
        b"author" | b"committer" | b"tagger" => {
            let after = value.iter().rposition(|&byte| byte == b'>').map_or(0, |at| at + 1);
            let is_time = |b: &u8| b.is_ascii_digit() || matches!(b, b' ' | b'+' | b'-');
            let rest = &value[after..];
            if after == 0 || rest.iter().all(is_time) { b"" } else { rest }
        }
        b"encoding" if Encoding::for_label(value).is_some() || value.eq_ignore_ascii_case(b"latin-1") => b"",
        b"type" if matches!(value, b"commit" | b"tree" | b"blob" | b"tag") => b"",
        b"encoding" | b"type" => line,
        _ => b"",
    }
}

/// Headers and message, separated by an empty line.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(bytes, b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &[]),
    }
}

fn id(hex: &[u8], width: usize) -> Option<ObjectId> {
    let id = ObjectId::from_hex(std::str::from_utf8(hex).ok()?)?;
    (id.as_bytes().len() == width).then_some(id)
}

/// Who made the commit or tag `id`, from a header's text (`A U Thor <author@example.com> 1112911993 -0700`). What
/// is missing is empty or zero.
pub(crate) fn person(text: &[u8], id: ObjectId) -> Commit {
    let text = String::from_utf8_lossy(text);
    let (who, when) = text.rsplit_once('>').unwrap_or((&text, ""));
    let (author, email) = who.split_once('<').unwrap_or((who, ""));
    let mut when = when.split_whitespace();
    let time = when.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let zone: i32 = when.next().and_then(|zone| zone.parse().ok()).unwrap_or(0);
    let minutes = (zone.unsigned_abs() / 100).min(99) * 60 + zone.unsigned_abs() % 100;
    Commit {
        id,
        author: author.trim().to_owned(),
        email: email.trim().to_owned(),
        time,
        zone: minutes as i32 * zone.signum(),
    }
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TreeEntry<'a> {
    /// Where in the tree's bytes it starts and ends.
    pub(crate) start: usize,
    /// See `start`.
    pub(crate) end: usize,
    /// Its kind, by its mode.
    pub(crate) mode: Mode,
    /// Its name: bytes without `/`.
    pub(crate) name: &'a [u8],
    /// The object's id.
    pub(crate) id: &'a [u8],
}

/// The kind of an entry, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A directory.
    Tree,
    /// A file or symbolic link.
    Blob,
    /// A commit of another repository.
    Gitlink,
}

impl Mode {
    /// The kind of an entry with an unusual mode: by the type bits, as in git.
    #[cold]
    fn of(digits: &[u8]) -> Self {
        let mode = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 8).ok());
        match mode.unwrap_or(0) & 0o170_000 {
            0o040_000 => Self::Tree,
            0o160_000 => Self::Gitlink,
            _ => Self::Blob,
        }
    }
}

impl<'a> TreeEntry<'a> {
    /// The entry that starts at `start`, in a tree whose ids have `width` bytes.
    pub(crate) fn parse(bytes: &'a [u8], start: usize, width: usize) -> Option<Self> {
        let rest = bytes.get(start..)?;
        let space = rest.iter().take(8).position(|&byte| byte == b' ')?;
        let nul = space + memchr::memchr(0, &rest[space..])?;
        let name = &rest[space + 1..nul];
        let id = rest.get(nul + 1..nul + 1 + width)?;
        let mode = match &rest[..space] {
            b"40000" | b"040000" => Mode::Tree,
            b"160000" => Mode::Gitlink,
            b"100644" | b"100755" | b"120000" => Mode::Blob,
            odd => Mode::of(odd),
        };
        (!name.is_empty()).then_some(Self { start, end: start + nul + 1 + width, mode, name, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn a_commit_gives_its_links_and_its_message_without_the_signature() {
        let text = format!(
            "tree {ID}\nparent {ID}\nparent {ID}\nauthor A U Thor <a@b.c> 100 -0730\ncommitter C <c@d> 200 +0000\n\
             gpgsig -----BEGIN\n abc\n -----END\n\nsubject\n\nbody\n"
        );
        let commit = CommitText::parse(text.as_bytes(), 20).expect("it is well-formed");
        assert_eq!((commit.parents.len(), commit.time, commit.message), (2, 200, &b"subject\n\nbody\n"[..]));
        assert_eq!(&*commit.text(), b"subject\n\nbody\n\n\ngpgsig -----BEGIN\nabc\n-----END\n");
        let author = person(&commit.author, commit.tree);
        assert_eq!((author.author.as_str(), author.email.as_str()), ("A U Thor", "a@b.c"));
        assert_eq!((author.time, author.zone), (100, -450));
        assert!(CommitText::parse(text.as_bytes(), 32).is_none());
        assert!(CommitText::parse(b"author x\n\n", 20).is_none());
    }

    #[test]
    fn a_tag_gives_its_target_and_message() {
        let text = format!("object {ID}\ntype commit\ntag v1\ntagger T <t@u> 7 +0100\n\nnotes\n");
        let tag = TagText::parse(text.as_bytes(), 20).expect("it is well-formed");
        assert_eq!((tag.target.to_string().as_str(), tag.message), (ID, &b"notes\n"[..]));
        assert_eq!(tag.name, b"v1");
        assert_eq!(person(tag.tagger, tag.target).zone, 60);
    }

    #[test]
    fn persons_that_are_nonsense_are_read_as_far_as_they_go() {
        let id = ObjectId::from_bytes(&[0; 20]).expect("20 is a length of an id");
        for text in
            ["", "<", ">", "a <b", "a> 99999999999999999999 +99999999999", "x <y> 5 -2147483648", "n <m> z z"]
        {
            let _ = person(text.as_bytes(), id);
        }
    }

    #[test]
    fn a_tree_entry_ends_where_its_id_does_and_a_cut_one_is_none() {
        let mut tree = b"100644 a\0".to_vec();
        tree.extend([7; 20]);
        tree.extend(b"40000 d\0");
        tree.extend([8; 20]);
        let first = TreeEntry::parse(&tree, 0, 20).expect("it is well-formed");
        assert_eq!((first.mode, first.name, first.id, first.end), (Mode::Blob, &b"a"[..], &[7; 20][..], 29));
        let second = TreeEntry::parse(&tree, first.end, 20).expect("it is well-formed");
        assert_eq!((second.mode, second.end), (Mode::Tree, tree.len()));
        for cut in 0..28 {
            assert!(TreeEntry::parse(&tree[..cut], 0, 20).is_none());
        }
    }
}
