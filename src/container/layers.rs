//! Formats that only compress, as readers of what they contain.

use super::format::Layer;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use libdeflater::Decompressor;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use std::io::{self, BufRead, Chain, Cursor, Read};

/// The most memory that unpacking one layer may take, bytes: twice what `xz -9` needs.
pub(super) const MEMORY: u64 = 128 << 20;

/// A reader of what the layer contains.
pub(super) fn decoder<'r>(layer: Layer, reader: &'r mut dyn BufRead) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match layer {
        Layer::Gzip => Box::new(Gzip(Some(GzDecoder::new(reader)))),
        Layer::Zlib => Box::new(ZlibDecoder::new(reader)),
        Layer::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(reader)),
        Layer::Xz => Box::new(XzDecoder::new_stream(reader, Stream::new_auto_decoder(MEMORY, CONCATENATED)?)),
        Layer::Lzip => {
            Box::new(XzDecoder::new_stream(reader, Stream::new_lzip_decoder(MEMORY, CONCATENATED)?))
        }
        // Its own limit for the window is as large.
        Layer::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
    })
}

/// The members of a gzip file, one after the other. What follows them and is no member is left in the reader.
struct Gzip<'r>(Option<GzDecoder<&'r mut dyn BufRead>>);

impl Read for Gzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(member) = self.0.take() else { break };
            let reader = member.into_inner();
            if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
                self.0 = Some(GzDecoder::new(reader));
            }
        }
        Ok(0)
    }
}

/// The most bytes, before and after, of a stream that is unpacked at once.
const AT_ONCE: u64 = 8 << 20;

/// What a deflate stream contains whose header says how long that is. A short one is unpacked at once, two to three times
/// faster than piece by piece. If that fails, because it is damaged or the header lies, it is unpacked piece by piece:
/// what is readable of it is read.
pub(super) struct Deflate<'r> {
    plain: u64,
    state: Inflating<'r>,
}

type Pieces<'r> = DeflateDecoder<Chain<Cursor<Vec<u8>>, &'r mut dyn BufRead>>;

enum Inflating<'r> {
    /// Nothing was read yet.
    Ahead(&'r mut dyn BufRead),
    Whole(Cursor<Vec<u8>>),
    Pieces(Pieces<'r>),
    /// It could not be read at all.
    Failed,
}

impl<'r> Deflate<'r> {
    /// For a stream whose content should have `plain` bytes.
    pub(super) fn new(packed: &'r mut dyn BufRead, plain: u64) -> Self {
        Self { plain, state: Inflating::Ahead(packed) }
    }

    fn begin(&self, packed: &'r mut dyn BufRead) -> io::Result<Inflating<'r>> {
        let mut head = Vec::new();
        if self.plain <= AT_ONCE {
            (&mut *packed).take(AT_ONCE).read_to_end(&mut head)?;
            if let Some(whole) = self.at_once(&head) {
                return Ok(Inflating::Whole(Cursor::new(whole)));
            }
        }
        Ok(Inflating::Pieces(DeflateDecoder::new(Cursor::new(head).chain(packed))))
    }

    /// All that it contains, if that is as long as the header says.
    fn at_once(&self, packed: &[u8]) -> Option<Vec<u8>> {
        if packed.len() as u64 == AT_ONCE {
            return None;
        }
        let mut plain = vec![0; usize::try_from(self.plain).ok()?];
        let len = Decompressor::new().deflate_decompress(packed, &mut plain).ok()?;
        (len == plain.len()).then_some(plain)
    }
}

impl Read for Deflate<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Inflating::Ahead(_) = self.state
            && let Inflating::Ahead(packed) = std::mem::replace(&mut self.state, Inflating::Failed)
        {
            self.state = self.begin(packed)?;
        }
        match &mut self.state {
            Inflating::Whole(whole) => whole.read(buffer),
            Inflating::Pieces(pieces) => pieces.read(buffer),
            Inflating::Ahead(_) | Inflating::Failed => Ok(0),
        }
    }
}
