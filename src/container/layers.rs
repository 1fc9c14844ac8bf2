//! Formats that only compress, as readers of what they contain.

use super::format::Layer;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use libdeflater::Decompressor;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use memchr::memmem;
use std::io::{self, BufRead, Cursor, Read};

/// The most memory that unpacking one layer may take, bytes: twice what `xz -9` needs.
pub(super) const MEMORY: u64 = 128 << 20;

/// A reader of what the layer contains. If it `is_outermost`, what follows the layer's own end in the reader is read, too.
pub(super) fn decoder<'r>(
    layer: Layer,
    reader: &'r mut dyn BufRead,
    is_outermost: bool,
) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match layer {
        Layer::Gzip if is_outermost => Box::new(AtOnce::gzip(reader)),
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

/// The members of a gzip file, one after the other. What follows them and is no member, as `gzip` does, is not looked at.
struct Gzip<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(member) = self.0.take() else { break };
            let mut reader = member.into_inner();
            if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
                self.0 = Some(GzDecoder::new(reader));
            }
        }
        Ok(0)
    }
}

/// The most bytes, before and after, of a stream that is unpacked at once.
const AT_ONCE: u64 = 8 << 20;

/// A stream that says how much it contains. A short one is unpacked at once, two to three times faster than piece by
/// piece. If that fails, because it is damaged or what it says is not true, it is unpacked piece by piece: what is
/// readable of it is read.
pub(super) struct AtOnce<'r> {
    stream: Inflated,
    state: Inflating<'r>,
}

/// How a stream is wrapped.
#[derive(Clone, Copy)]
enum Inflated {
    /// Deflate alone; what it is in says that it contains so many bytes.
    Deflate(u64),
    /// A gzip file, whose last bytes say how many.
    Gzip,
}

enum Inflating<'r> {
    /// Nothing was read yet.
    Ahead(&'r mut dyn BufRead),
    Whole(Cursor<Vec<u8>>),
    Pieces(Box<dyn Read + 'r>),
    /// It could not be read at all.
    Failed,
}

impl<'r> AtOnce<'r> {
    /// For a deflate stream whose content should have `plain` bytes.
    pub(super) fn deflate(packed: &'r mut dyn BufRead, plain: u64) -> Self {
        Self { stream: Inflated::Deflate(plain), state: Inflating::Ahead(packed) }
    }

    /// For a gzip file that ends where the reader does.
    fn gzip(packed: &'r mut dyn BufRead) -> Self {
        Self { stream: Inflated::Gzip, state: Inflating::Ahead(packed) }
    }

    fn begin(&self, packed: &'r mut dyn BufRead) -> io::Result<Inflating<'r>> {
        let mut head = Vec::new();
        if !matches!(self.stream, Inflated::Deflate(plain) if plain > AT_ONCE) {
            (&mut *packed).take(AT_ONCE).read_to_end(&mut head)?;
            if let Some(whole) = self.at_once(&head) {
                return Ok(Inflating::Whole(Cursor::new(whole)));
            }
        }
        let packed = Cursor::new(head).chain(packed);
        Ok(Inflating::Pieces(match self.stream {
            Inflated::Deflate(_) => Box::new(DeflateDecoder::new(packed)),
            Inflated::Gzip => Box::new(Gzip(Some(GzDecoder::new(packed)))),
        }))
    }

    /// All that it contains, if that is as long as it says.
    fn at_once(&self, packed: &[u8]) -> Option<Vec<u8>> {
        if packed.len() as u64 == AT_ONCE {
            return None;
        }
        let plain = match self.stream {
            Inflated::Deflate(plain) => plain,
            // Only the first of several members would be unpacked, and each begins like this.
            Inflated::Gzip if memmem::find(packed.get(1..)?, &[0x1f, 0x8b, 8]).is_some() => return None,
            Inflated::Gzip => u64::from(u32::from_le_bytes(*packed.last_chunk()?)),
        };
        if plain > AT_ONCE {
            return None;
        }
        let mut whole = vec![0; usize::try_from(plain).ok()?];
        let mut inflate = Decompressor::new();
        let len = match self.stream {
            Inflated::Deflate(_) => inflate.deflate_decompress(packed, &mut whole),
            Inflated::Gzip => inflate.gzip_decompress(packed, &mut whole),
        };
        (len.ok()? == whole.len()).then_some(whole)
    }
}

impl Read for AtOnce<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("a vector takes it");
        encoder.finish().expect("a vector takes it")
    }

    /// What a reader gives before it ends or fails, and whether it fails.
    fn read(mut reader: impl Read) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let is_broken = reader.read_to_end(&mut bytes).is_err();
        (bytes, is_broken)
    }

    #[test]
    fn a_gzip_file_unpacked_at_once_is_what_it_is_piece_by_piece() {
        let text: Vec<u8> = (0..90_000_u32).flat_map(|at| at.wrapping_mul(at).to_be_bytes()).collect();
        let (one, short) = (gzip(&text), gzip(b"short"));
        let mut broken = one.clone();
        broken[one.len() / 2] ^= 1;
        let mut lying = one.clone();
        *lying.last_mut().expect("it has a trailer") = 0x7f;
        // What follows is as long as the first member says, or a member with the same sum and length.
        let behind = [&one[..], b"behind", &one[one.len() - 8..]].concat();
        let files = [
            one.clone(),
            [&one[..], &short].concat(),
            [&short[..], &short].concat(),
            [&short[..], &[0; 512]].concat(),
            one[..one.len() - 3].to_vec(),
            broken,
            lying,
            behind,
            gzip(b""),
            gzip(&vec![0; AT_ONCE as usize + 1]),
            vec![0x1f, 0x8b],
            Vec::new(),
        ];
        for (number, file) in files.iter().enumerate() {
            let pieces = read(Gzip(Some(GzDecoder::new(&file[..]))));
            assert_eq!(read(AtOnce::gzip(&mut &file[..])), pieces, "file {number}");
        }
        assert!(AtOnce::gzip(&mut &one[..]).at_once(&one).is_some());
    }
}
