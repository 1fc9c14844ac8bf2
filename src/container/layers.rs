//! Formats that only compress, as readers of what they contain.

use super::format::Layer;
use super::walk::{At, Walk};
use super::{ENCRYPTED, reason_of};
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use libdeflater::Decompressor;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use memchr::memmem;
use std::io::{self, BufRead, Chain, Cursor, Read};

/// The most memory that unpacking one layer may take, bytes: twice what `xz -9` needs.
pub(super) const MEMORY: u64 = 128 << 20;

/// The longest line before a backup's archive, bytes.
const LONGEST_LINE: u64 = 64;

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

/// Gives out the archive in a backup of an Android device: it comes after four lines, compressed or not.
pub(super) fn read_backup(walk: &mut Walk<'_>, reader: &mut dyn BufRead, at: &At) -> io::Result<()> {
    let mut head = Vec::new();
    for _ in 0..4 {
        let line = (&mut *reader).take(LONGEST_LINE).read_until(b'\n', &mut head);
        if let Err(error) = line {
            return walk.ends(&at.path, reason_of(&error));
        }
    }
    let budget = walk.budget;
    match head.strip_suffix(b"\nnone\n").and_then(<[u8]>::last) {
        Some(b'1') => walk.content("backup", &mut budget.meter(ZlibDecoder::new(reader)), at),
        Some(_) => walk.content("backup", &mut budget.meter(reader), at),
        None => walk.ends(&at.path, ENCRYPTED),
    }
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
pub(super) const AT_ONCE: u64 = 8 << 20;

/// What a gzip file contains, if it is short and one member with nothing behind it: unpacked two to three times faster than
/// piece by piece.
pub(super) fn gzip_at_once(packed: &[u8]) -> Option<Vec<u8>> {
    let len = u64::from(u32::from_le_bytes(*packed.last_chunk()?));
    if packed.len() as u64 >= AT_ONCE || len > AT_ONCE {
        return None;
    }
    let mut whole = vec![0; usize::try_from(len).ok()?];
    let unpacked = Decompressor::new().gzip_decompress(packed, &mut whole).ok()?;
    // The sum and length that end the first member are at the end of the file and nowhere before: so it ends there.
    let mut ending = [0; 8];
    ending[..4].copy_from_slice(&crc32fast::hash(&whole).to_le_bytes());
    ending[4..].copy_from_slice(packed.last_chunk::<4>()?);
    let ends = memmem::find(packed, &ending).map(|at| at + ending.len());
    (unpacked == whole.len() && ends == Some(packed.len())).then_some(whole)
}

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

    #[test]
    fn only_a_gzip_file_with_nothing_behind_it_is_unpacked_at_once() {
        let text: Vec<u8> = (0..90_000_u32).flat_map(|at| at.wrapping_mul(at).to_be_bytes()).collect();
        let (one, short) = (gzip(&text), gzip(b"short"));
        assert_eq!(gzip_at_once(&one).as_deref(), Some(&text[..]));
        let mut broken = one.clone();
        broken[one.len() / 2] ^= 1;
        let mut lying = one.clone();
        *lying.last_mut().expect("it has a trailer") = 0x7f;
        // What follows is as long as the first member says, ends as it does, or is a member with the same sum and length.
        let ending = &one[one.len() - 8..];
        for file in [
            [&one[..], &short].concat(),
            [&short[..], &short].concat(),
            [&short[..], &[0; 512]].concat(),
            [&one[..], b"behind", ending].concat(),
            [&one[..], b"behind", &ending[4..]].concat(),
            one[..one.len() - 3].to_vec(),
            broken,
            lying,
            gzip(&vec![0; AT_ONCE as usize + 1]),
            vec![0x1f, 0x8b],
            Vec::new(),
        ] {
            assert_eq!(gzip_at_once(&file), None, "{} bytes", file.len());
        }
    }
}
