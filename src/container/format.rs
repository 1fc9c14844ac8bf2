//! Which containers there are, and which of them can be opened.

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
    /// A picture: PNG, GIF, JPEG.
    Picture,
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
    /// A compound file: an old document of an office program, a message of Outlook, an installer, a project of macros.
    Compound,
    /// A file with compressed streams in it.
    Streams,
    /// A backup of an Android device.
    Backup,
    /// A private key or a store of keys, in binary form.
    Keystore,
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
    /// A container whose format [`super::magic`] calls `name`.
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
            "android backup" => Self::Backup,
            _ => return None,
        })
    }

    /// True if it can be read from start to end.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Layer(_) | Self::Tar | Self::Ar | Self::Cpio | Self::Rpm | Self::Backup)
    }

    /// True if what it contains is its own text.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Office | Self::Class | Self::Bytecode)
    }

    /// True if it is read from any place; all others but streams are read as a whole.
    pub(super) fn is_seekable(self) -> bool {
        matches!(self, Self::Zip | Self::SevenZip | Self::Sqlite | Self::Streams)
    }
}
