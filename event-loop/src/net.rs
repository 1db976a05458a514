//! Sockets that a task can wait for.
//!
//! ```
//! use event_loop::net::Socket;
//! use event_loop::{run, spawn};
//!
//! run(async {
//!     let listener = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
//!     let address = listener.get().local_addr().unwrap();
//!     let server = spawn(async move {
//!         let (stream, _) = listener.accept().await.unwrap();
//!         stream.write_all(b"hello").await.unwrap();
//!     });
//!     let stream = Socket::connect(address).await.unwrap();
//!     let mut text = Vec::new();
//!     stream.read_to_end(&mut text).await.unwrap();
//!     assert_eq!(text, b"hello");
//!     server.await.unwrap();
//! });
//! ```

use crate::event_loop::Core;
use crate::hand_over::Shared;
use crate::lists::Reason;
use crate::poller::Direction;
use polling::AsSource;
use socket2::{Domain, Protocol, Type};
use std::future::poll_fn;
use std::io::{ErrorKind::Interrupted, ErrorKind::WouldBlock, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{fmt, io};

/// A socket that never blocks, and that tasks of one loop can wait for: a [`TcpStream`], a
/// [`TcpListener`], or any other that the system can wait for.
///
/// It belongs to the loop that ran where it was made. At a time, one task can wait to read and one
/// to write.
pub struct Socket<S: AsSource> {
    source: S,
    key: usize,
    shared: Arc<Shared>,
}

impl<S: AsSource> Socket<S> {
    /// Takes a socket that has been set not to block, such as by [`TcpStream::set_nonblocking`].
    ///
    /// # Errors
    ///
    /// What the system says when it cannot wait for it.
    ///
    /// # Panics
    ///
    /// When no loop runs on this thread.
    pub fn new(source: S) -> io::Result<Self> {
        let shared = Core::here().shared.clone();
        // SAFETY: the socket is inside of this, and the drop of this removes it first.
        let key = unsafe { shared.poller.add(&source.source()) }?;
        Ok(Self { source, key, shared })
    }

    /// The socket. Do not let it block.
    pub fn get(&self) -> &S {
        &self.source
    }

    /// Calls `operation` until it does not say [`WouldBlock`] any more, each time when the socket
    /// can be read.
    ///
    /// # Errors
    ///
    /// Those of `operation`, and what the system says when it cannot wait.
    pub async fn read_with<R>(&self, operation: impl FnMut(&S) -> io::Result<R>) -> io::Result<R> {
        self.attempt(Direction::Read, operation).await
    }

    /// As [`read_with`](Self::read_with), each time when the socket can be written.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    pub async fn write_with<R>(&self, operation: impl FnMut(&S) -> io::Result<R>) -> io::Result<R> {
        self.attempt(Direction::Write, operation).await
    }

    // ANCHOR: attempt
    async fn attempt<R>(
        &self,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        poll_fn(|context| {
            loop {
                match operation(&self.source) {
                    Err(error) if error.kind() == WouldBlock => {
                        break self.wait(direction, context);
                    }
                    Err(error) if error.kind() == Interrupted => {}
                    result => break Poll::Ready(result),
                }
            }
        })
        .await
    }

    fn wait<R>(&self, direction: Direction, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        let waker = context.waker().clone();
        let asked = self.shared.poller.wake_when_ready(&self.source, self.key, direction, waker);
        Core::will_wait_for(Reason::What(match direction {
            Direction::Read => "to read",
            Direction::Write => "to write",
        }));
        asked.map_or_else(|error| Poll::Ready(Err(error)), |()| Poll::Pending)
    }
    // ANCHOR_END: attempt
}

impl Socket<TcpListener> {
    /// Listens at an address. Port 0 means one that is free.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Panics
    ///
    /// When no loop runs on this thread.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Self::new(listener)
    }

    /// Waits until somebody connects.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn accept(&self) -> io::Result<(Socket<TcpStream>, SocketAddr)> {
        let (stream, address) = self.read_with(TcpListener::accept).await?;
        stream.set_nonblocking(true)?;
        Ok((Socket::new(stream)?, address))
    }
}

impl Socket<TcpStream> {
    /// Connects, and waits until it is connected.
    ///
    /// # Errors
    ///
    /// What the system says, such as that nobody listens there.
    ///
    /// # Panics
    ///
    /// When no loop runs on this thread.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket =
            socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        let begun = socket.connect(&address.into());
        if let Err(error) = begun
            && !is_in_progress(&error)
        {
            return Err(error);
        }
        let stream = Self::new(socket.into())?;
        // The system says that it can be written when it is connected, or when that has failed.
        stream
            .write_with(|stream| match stream.take_error()? {
                Some(error) => Err(error),
                None => stream.peer_addr().map_err(|error| match error.kind() {
                    io::ErrorKind::NotConnected => WouldBlock.into(),
                    _ => error,
                }),
            })
            .await?;
        Ok(stream)
    }

    /// Waits for something to read, and reads as much as is there and `buffer` has room for. 0
    /// means the end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|mut stream| stream.read(buffer)).await
    }

    /// Reads on to the end, and returns how much was read.
    ///
    /// # Errors
    ///
    /// What the system says. What was read before is in `all`.
    pub async fn read_to_end(&self, all: &mut Vec<u8>) -> io::Result<usize> {
        let (before, mut part) = (all.len(), [0; 4096]);
        loop {
            match self.read(&mut part).await? {
                0 => return Ok(all.len() - before),
                count => all.extend_from_slice(&part[..count]),
            }
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// What the system says. Part of it may have been written.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = self.write_with(|mut stream| stream.write(bytes)).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
        }
        Ok(())
    }
}

/// The connection is being made.
fn is_in_progress(error: &io::Error) -> bool {
    // The name that the standard library has for it is not stable.
    #[cfg(unix)]
    let in_progress = error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error());
    #[cfg(not(unix))]
    let in_progress = false;
    in_progress || error.kind() == WouldBlock
}

impl<S: AsSource> Drop for Socket<S> {
    fn drop(&mut self) {
        self.shared.poller.remove(&self.source, self.key);
    }
}

impl<S: AsSource + fmt::Debug> fmt::Debug for Socket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.source).finish()
    }
}
