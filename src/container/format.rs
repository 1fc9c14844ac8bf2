//! Which container something is, and whether it can be opened.

use super::{cpio, magic, mail, notebook, office, sqlite, strings, tar};

/// A container that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// zip, and what is made of it: jar, whl, docx.
    Zip,
    /// One of the layers that only compress.
    Layer(Layer),
    /// An archive of tar.
    Tar,
    /// An archive of ar: a Debian package, a static library.
    Ar,
    /// An archive of cpio.
    Cpio,
    /// A package of RPM.
    Rpm,
    /// 7z.
    SevenZip,
    /// A database of SQLite.
    Sqlite,
    /// PDF.
    Pdf,
    /// A message or mailbox.
    Mail,
    /// A Jupyter notebook.
    Notebook,
    /// A part of an office document.
    Office,
    /// A Java class.
    Class,
    /// Python's bytecode.
    Bytecode,
}

/// A format that only compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// gzip.
    Gzip,
    /// zlib.
    Zlib,
    /// bzip2.
    Bzip2,
    /// xz, or lzma, the format before it.
    Xz,
    /// lzip.
    Lzip,
    /// zstd.
    Zstd,
}

/// What was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It can be opened.
    Open(Format),
    /// It cannot: the format's usual name.
    Closed(&'static str),
}

impl Format {
    /// A container whose format [`magic`] calls `name`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "zip" => Self::Zip,
            "gzip" => Self::Layer(Layer::Gzip),
            "zlib" => Self::Layer(Layer::Zlib),
            "bzip2" => Self::Layer(Layer::Bzip2),
            "xz" | "lzma" => Self::Layer(Layer::Xz),
            "lzip" => Self::Layer(Layer::Lzip),
            "zstd" => Self::Layer(Layer::Zstd),
            "deb" | "ar" => Self::Ar,
            "rpm" => Self::Rpm,
            "7z" => Self::SevenZip,
            "pdf" => Self::Pdf,
            _ => return None,
        })
    }

    /// A container whose members' bytes are its own, known by its first bytes (512 at least, if there are as many). To
    /// scan its own bytes finds most of what is in it, so that it counts as scanned even if it is not opened.
    pub(crate) fn plain(head: &[u8]) -> Option<Self> {
        match head {
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2' | b'7', ..] | [0xc7, 0x71, ..] => {
                cpio::is_header(head).then_some(Self::Cpio)
            }
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Some(Self::Ar),
            [b'S', b'Q', b'L', ..] => sqlite::is_database(head).then_some(Self::Sqlite),
            [b'{', ..] => notebook::is_notebook(head).then_some(Self::Notebook),
            [b'<', b'?', ..] | [0xef, 0xbb, 0xbf, b'<', ..] => office::is_part(head).then_some(Self::Office),
            [0xca, 0xfe, ..] => strings::is_class(head).then_some(Self::Class),
            [_, 0x0c..=0x0f, b'\r', b'\n', ..] => strings::is_bytecode(head).then_some(Self::Bytecode),
            _ if tar::is_header(head) => Some(Self::Tar),
            _ => mail::is_mail(head).then_some(Self::Mail),
        }
    }

    /// True if it can be read from start to end.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Layer(_) | Self::Tar | Self::Ar | Self::Cpio | Self::Rpm)
    }

    /// True if it is read from any place; all others but streams are read as a whole.
    pub(super) fn is_seekable(self) -> bool {
        matches!(self, Self::Zip | Self::SevenZip | Self::Sqlite)
    }
}

/// True if something that begins like this is a container that can be opened.
pub fn begins(head: &[u8]) -> bool {
    matches!(Known::of(head, false), Some(Known::Open(_)))
}

impl Known {
    /// What `bytes` is; `is_whole` if it is all there is.
    pub(super) fn of(bytes: &[u8], is_whole: bool) -> Option<Self> {
        let name = if is_whole { magic::of(bytes) } else { magic::by_start(bytes) };
        match name {
            Some(name) => Some(Format::named(name).map_or(Self::Closed(name), Self::Open)),
            None => Format::plain(bytes).map(Self::Open),
        }
    }
}
