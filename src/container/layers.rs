//! Formats that only compress, as readers of what they contain.

use super::format::Layer;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use std::io::{self, BufRead, Read};

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

/// The members of a gzip file, one after the other. What follows them and is no member, as `gzip` does, is not looked at.
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
