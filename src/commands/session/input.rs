//! Standard input that a signal ends, even while no data arrives.
//!
//! A read that waits for input cannot be woken on every system, so a separate thread reads, and the consumer checks for
//! a signal while it waits. That thread is not joined when the program ends.

use super::interrupt;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;

/// Chunks that are read ahead.
const AHEAD: usize = 4;

/// How often the consumer checks for a signal.
const LOOK: Duration = Duration::from_millis(50);

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Bytes; not none.
    Bytes(Vec<u8>),
    /// Nothing so far.
    Nothing,
    /// The end of the input.
    End,
}

/// Input that ends after a signal, which the run's coverage reports.
#[derive(Debug)]
pub(crate) struct Input {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    /// How much of the chunk was given.
    given: usize,
}

impl Input {
    /// What `reader` gives until it ends.
    ///
    /// # Errors
    /// If the system does not give a thread.
    pub(crate) fn open(reader: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, chunks) = sync_channel(AHEAD);
        thread::Builder::new().spawn(move || read(reader, &sender))?;
        Ok(Self { chunks, chunk: Vec::new(), given: 0 })
    }

    /// What comes within this time. A signal does not end it.
    pub(crate) fn within(&mut self, time: Duration) -> io::Result<Next> {
        match self.chunks.recv_timeout(time) {
            Ok(chunk) => chunk.map(Next::Bytes),
            Err(RecvTimeoutError::Timeout) => Ok(Next::Nothing),
            Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
        }
    }

    /// The next chunk; none at the end, or if `is_over` says so.
    fn next(&self, is_over: impl Fn() -> bool) -> io::Result<Option<Vec<u8>>> {
        loop {
            if is_over() {
                return Ok(None);
            }
            match self.chunks.recv_timeout(LOOK) {
                Ok(chunk) => return chunk.map(Some),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

/// Reads until the end, until the receiver is gone, or until reading fails.
fn read(mut reader: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let has_failed = read.is_err();
        let sent = sender.send(read.map(|read| {
            chunk.truncate(read);
            chunk
        }));
        if sent.is_err() || has_failed {
            return;
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if interrupt::is_pressed() {
            return Ok(0);
        }
        if self.given == self.chunk.len() {
            match self.next(interrupt::is_pressed)? {
                Some(chunk) => (self.chunk, self.given) = (chunk, 0),
                None => return Ok(0),
            }
        }
        let len = buffer.len().min(self.chunk.len() - self.given);
        buffer[..len].copy_from_slice(&self.chunk[self.given..self.given + len]);
        self.given += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives something and then waits for ever.
    struct Silent(usize);

    impl Read for Silent {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                loop {
                    thread::park();
                }
            }
            let len = buffer.len().min(self.0);
            self.0 -= len;
            Ok(len)
        }
    }

    #[test]
    fn all_that_comes_is_given_and_then_the_end_or_the_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
        let mut whole = Vec::new();
        let mut input = Input::open(io::Cursor::new(bytes.clone())).expect("a thread can be started");
        input.read_to_end(&mut whole).expect("a slice can be read");
        assert_eq!(whole, bytes);
        let mut some = Vec::new();
        let mut input = Input::open(io::Cursor::new(bytes).chain(Broken)).expect("a thread can be started");
        assert!(input.read_to_end(&mut some).is_err());
        assert_eq!(some, whole);
    }

    #[test]
    fn who_waits_for_what_does_not_come_can_be_told_to_stop() {
        let input = Input::open(Silent(10)).expect("a thread can be started");
        let first = input.next(|| false).expect("something comes first");
        assert_eq!(first.map(|chunk| chunk.len()), Some(10));
        assert_eq!(input.next(|| true).expect("waiting is no error"), None);
        let until = std::time::Instant::now() + Duration::from_millis(200);
        assert_eq!(input.next(|| std::time::Instant::now() > until).expect("nor is this"), None);
    }
}
