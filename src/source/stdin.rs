//! Standard input, of any length, in constant memory.

use super::{Error, Sink, pieces, reason};
use crate::model::{Coverage, Kind, Place};
use std::io::Read;

/// Reads `reader` to its end and gives what it holds to `sink`, in pieces that overlap by `margin` bytes
/// where it is long. It counts as one unit: unread where reading fails after a part was given.
pub fn scan(reader: &mut dyn Read, margin: usize, sink: &Sink<'_>) -> Result<Coverage, Error> {
    let mut buffer = pieces::buffer(margin);
    let mut coverage = Coverage::default();
    let place = Place::new(Kind::Stdin);
    let filled = pieces::fill(reader, &mut buffer, 0).map_err(Error::Stdin)?;
    match pieces::give(reader, &mut buffer, filled, margin, &place, sink) {
        Ok(bytes) => coverage.scan(bytes),
        Err(error) => coverage.miss(&reason::of(&error), "standard input".to_owned()),
    }
    Ok(coverage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Blob;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn input_longer_than_the_buffer_is_read_to_its_end() {
        let fresh = AtomicU64::new(0);
        let sink = |blob: Blob<'_>| {
            fresh.fetch_add(blob.piece.fresh.len() as u64, Ordering::Relaxed);
            Ok(())
        };
        let length = 20_000_003;
        let coverage =
            scan(&mut std::io::repeat(b'a').take(length), 100, &sink).expect("a constant can be read");
        assert_eq!((coverage.scanned, coverage.bytes), (1, length));
        assert_eq!(fresh.into_inner(), length);
    }

    #[test]
    fn input_that_is_not_taken_to_its_end_is_unread_and_not_read_on() {
        for len in [10, 20_000_003] {
            let taken = AtomicU64::new(0);
            let sink = |_: Blob<'_>| {
                taken.fetch_add(1, Ordering::Relaxed);
                Err("time limit")
            };
            let coverage = scan(&mut std::io::repeat(b'a').take(len), 100, &sink).expect("it can be read");
            assert_eq!(coverage.scanned, 0);
            assert_eq!(coverage.unread.keys().collect::<Vec<_>>(), ["time limit"]);
            assert_eq!(taken.into_inner(), 1);
        }
    }

    #[test]
    fn input_that_breaks_off_is_unread() {
        struct Broken(u64);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                self.0 += 1;
                if self.0 > 200 { Err(std::io::Error::other("gone")) } else { Ok(buffer.len().min(100_000)) }
            }
        }
        let coverage = scan(&mut Broken(0), 10, &|_| Ok(())).expect("its start can be read");
        assert_eq!((coverage.scanned, coverage.unread_count()), (0, 1));
        assert!(scan(&mut Broken(200), 10, &|_| Ok(())).is_err());
    }
}
