//! A connection for protocols that are not HTTP: with or without TLS, bounded in time and in what is read.

use super::failure::Failure;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The most bytes that are read from a connection, with those of TLS.
const LARGEST: u64 = 256 << 10;

/// A connection to an address that was checked.
pub(super) struct Connection {
    stream: Stream,
    address: SocketAddr,
}

enum Stream {
    Plain(Bounded),
    Tls(Box<StreamOwned<ClientConnection, Bounded>>),
}

/// A socket whose use must end at some time, and of which only so much is read.
struct Bounded {
    socket: TcpStream,
    until: Instant,
    left: u64,
}

impl Bounded {
    fn time(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.time()?)?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.socket.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.time()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Connection {
    /// One that must be over at `until`.
    pub(super) fn new(socket: TcpStream, address: SocketAddr, until: Instant) -> Self {
        Self { stream: Stream::Plain(Bounded { socket, until, left: LARGEST }), address }
    }

    /// The same with TLS from here on, if the certificate is one of `host` that `config` trusts.
    pub(super) fn secured(self, host: &str, config: Arc<ClientConfig>) -> Result<Self, Failure> {
        let Stream::Plain(socket) = self.stream else { return Ok(self) };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Failure::Certificate)?;
        let client = ClientConnection::new(config, name).map_err(|_| Failure::Certificate)?;
        let mut stream = StreamOwned::new(client, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(|error| Failure::from(&error))?;
        }
        Ok(Self { stream: Stream::Tls(Box::new(stream)), address: self.address })
    }

    /// Whether what is sent is encrypted.
    pub(super) fn is_secured(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// The certificate that the other end has shown, in DER.
    pub(super) fn certificate(&self) -> Option<Vec<u8>> {
        let Stream::Tls(stream) = &self.stream else { return None };
        stream.conn.peer_certificates()?.first().map(|one| one.as_ref().to_vec())
    }

    /// The address of the other end.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends all of `bytes`.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let sent = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        sent.map_err(|error| Failure::from(&error))
    }

    /// Fills `bytes`, and reads no more than that: what follows may be TLS.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read_exact(bytes),
            Stream::Tls(stream) => stream.read_exact(bytes),
        };
        read.map_err(|error| Failure::from(&error))
    }
}
