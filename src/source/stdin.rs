//! Standard input, of any length, in constant memory.

use super::containers::{Looked, Opener};
use super::pieces::{self, Filled};
use super::{Error, Opening, Sink, closed, reason};
use crate::container;
use crate::model::{Coverage, Place, Source};
use std::io::{self, Cursor, Read};

/// Standard input, to be read to its end by [`scan`].
///
/// # Design
///
/// Rust's own handle treats an unreadable descriptor as an empty one (it hides EBADF), so it is read as a file. On
/// other systems this is not needed.
///
/// # Errors
///
/// [`Error::StdinClosed`] if the program was started without one.
pub fn open() -> Result<Box<dyn Read + Send>, Error> {
    if closed::was_closed() {
        return Err(Error::StdinClosed);
    }
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let descriptor = io::stdin().as_fd().try_clone_to_owned().map_err(Error::Stdin)?;
        Ok(Box::new(std::fs::File::from(descriptor)))
    }
    #[cfg(not(unix))]
    Ok(Box::new(io::stdin()))
}

/// Reads `reader` to its end and gives its content to `sink`, in pieces that overlap by `margin` bytes
/// if it is long. It counts as one unit: unread if reading fails after a part was given.
///
/// # Errors
///
/// [`Error::Stdin`] if not one byte could be read.
pub fn scan(
    reader: &mut dyn Read,
    margin: usize,
    containers: Opening,
    sink: &Sink<'_>,
) -> Result<Coverage, Error> {
    let mut buffer = pieces::buffer(margin);
    let mut coverage = Coverage::default();
    let place = Place::of(Source::Stdin);
    let filled = pieces::fill(reader, &mut buffer, 0).begun().map_err(Error::Stdin)?;
    let opener = Opener { opening: containers, margin, sink, excludes: None };
    let held = containers.0.filter(|_| filled.whole(&buffer).is_none());
    let held = held.filter(|_| container::begins(filled.start(&buffer)));
    let looked = match held {
        Some(limits) => scan_held(reader, &mut buffer, &filled, limits.held, &opener, &place),
        None => {
            let whole = filled.whole(&buffer).map(<[u8]>::len);
            let given = pieces::give(reader, &mut buffer, filled, margin, &place, sink);
            // Of longer input only the last piece is still there.
            let opening = if whole.is_some() { containers } else { Opening::default() };
            let opener = Opener { opening, ..opener };
            let bytes = &buffer[..whole.unwrap_or(0)];
            given.and_then(|given| opener.open(given, &mut Cursor::new(bytes), &place))
        }
    };
    match looked {
        // Input that is piped in is meant to be scanned: it is never left out.
        Ok(looked) => looked.count("standard input", true, &mut coverage),
        Err(error) => coverage.miss(&reason::of(&error), "standard input".to_owned()),
    }
    Ok(coverage)
}

/// Reads a long container, which is held in memory to be opened, if it has less than `most` bytes: it cannot be read twice.
fn scan_held(
    reader: &mut dyn Read,
    buffer: &mut [u8],
    filled: &Filled,
    most: u64,
    opener: &Opener<'_>,
    place: &Place,
) -> io::Result<Looked> {
    let mut held = filled.start(buffer).to_vec();
    let more = most.saturating_sub(held.len() as u64);
    let broken = Read::take(&mut *reader, more).read_to_end(&mut held).err();
    let opening = if (held.len() as u64) < most { opener.opening } else { Opening::default() };
    let mut all = Read::chain(held.as_slice(), reader);
    let filled = pieces::fill(&mut all, buffer, 0);
    let given = pieces::give(&mut all, buffer, filled, opener.margin, place, opener.sink)?;
    match broken {
        Some(error) => Err(error),
        None => Opener { opening, ..*opener }.open(given, &mut Cursor::new(&held), place),
    }
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
        let coverage = scan(&mut std::io::repeat(b'a').take(length), 100, Opening::default(), &sink)
            .expect("a constant can be read");
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
            let coverage = scan(&mut std::io::repeat(b'a').take(len), 100, Opening::default(), &sink)
                .expect("it can be read");
            assert_eq!(coverage.scanned, 0);
            assert_eq!(coverage.unread.keys().map(|reason| &**reason).collect::<Vec<_>>(), ["time limit"]);
            assert_eq!(taken.into_inner(), 1);
        }
    }

    #[test]
    fn input_that_breaks_off_is_unread() {
        /// Gives data a number of times, then an error; counts the bytes.
        struct Broken(u64, u64);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("gone"))?;
                let given = buffer.len().min(100_000);
                self.1 += given as u64;
                Ok(given)
            }
        }
        // In the middle of the first piece, and of a later one.
        for times in [3, 200] {
            let fresh = AtomicU64::new(0);
            let sink = |blob: Blob<'_>| {
                fresh.fetch_add(blob.piece.fresh.len() as u64, Ordering::Relaxed);
                Ok(())
            };
            let mut input = Broken(times, 0);
            let coverage = scan(&mut input, 10, Opening::default(), &sink).expect("its start can be read");
            assert_eq!((coverage.scanned, coverage.unread_count()), (0, 1));
            assert_eq!(fresh.into_inner(), input.1, "all that came is given out");
        }
        assert!(scan(&mut Broken(0, 0), 10, Opening::default(), &|_| Ok(())).is_err());
    }
}
