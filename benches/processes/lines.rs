//! What carries messages to another process and back, and a process that answers.

use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{GenericNamespaced, ListenerOptions, Stream};
use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender};
use processes::{Builder, Connection, Function, ProcessQueue, Start, duplex_pipe, register};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{BufReader, Read, Write};

/// One end of a line. Messages are bytes.
pub(crate) trait Line {
    fn send(&mut self, message: &[u8]);

    /// `None` at the end.
    fn receive(&mut self) -> Option<Vec<u8>>;
}

/// Gives back each message that begins with a 1.
fn serve(mut line: impl Line) {
    while let Some(message) = line.receive() {
        if message[0] == 1 {
            line.send(&message);
        }
    }
}

/// Starts a process that ends with this one.
fn start<A: Serialize + DeserializeOwned + Send + 'static>(
    function: impl Function<(A,), Output = ()>,
    argument: A,
) {
    let started = Builder::new().daemon(true).start(Start::Spawn, function, (argument,));
    std::mem::forget(started.unwrap());
}

impl Line for Connection {
    fn send(&mut self, message: &[u8]) {
        self.send_bytes(message).unwrap();
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        self.recv_bytes().ok()
    }
}

pub(crate) fn pipe() -> Connection {
    let (ours, theirs) = duplex_pipe().unwrap();
    start(serve_pipe, theirs);
    ours
}

fn serve_pipe(line: Connection) {
    serve(line);
}

/// A queue there, and one back.
#[derive(Serialize, Deserialize)]
pub(crate) struct Queues(ProcessQueue<()>, ProcessQueue<()>);

impl Line for Queues {
    fn send(&mut self, message: &[u8]) {
        self.0.put_bytes(message).unwrap();
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        self.1.get_bytes().ok()
    }
}

pub(crate) fn queues() -> Queues {
    let queue = || ProcessQueue::with_limit(64, 70_000).unwrap();
    let (there, back) = (queue(), queue());
    let theirs = Queues(back.try_clone().unwrap(), there.try_clone().unwrap());
    start(serve_queues, theirs);
    Queues(there, back)
}

fn serve_queues(line: Queues) {
    serve(line);
}

/// `ipc-channel`.
pub(crate) struct Ipc(IpcBytesSender, IpcBytesReceiver);

impl Line for Ipc {
    fn send(&mut self, message: &[u8]) {
        self.0.send(message).unwrap();
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        self.1.recv().ok()
    }
}

pub(crate) fn ipc() -> Ipc {
    let (server, name) = IpcOneShotServer::<(IpcBytesSender, IpcBytesReceiver)>::new().unwrap();
    start(serve_ipc, name);
    let (_, (to, from)) = server.accept().unwrap();
    Ipc(to, from)
}

fn serve_ipc(name: String) {
    let (to_child, from_parent) = ipc_channel::ipc::bytes_channel().unwrap();
    let (to_parent, from_child) = ipc_channel::ipc::bytes_channel().unwrap();
    IpcSender::connect(name).unwrap().send((to_child, from_child)).unwrap();
    serve(Ipc(to_parent, from_parent));
}

/// A local socket of `interprocess`, which carries bytes. So each message has its length before it.
pub(crate) struct Local(BufReader<Stream>, Vec<u8>);

impl Local {
    fn new(stream: Stream) -> Self {
        Self(BufReader::with_capacity(1 << 16, stream), Vec::new())
    }
}

impl Line for Local {
    fn send(&mut self, message: &[u8]) {
        let bytes = &mut self.1;
        bytes.clear();
        bytes.extend_from_slice(&(message.len() as u64).to_le_bytes());
        bytes.extend_from_slice(message);
        self.0.get_mut().write_all(bytes).unwrap();
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 8];
        self.0.read_exact(&mut length).ok()?;
        let mut message = vec![0; u64::from_le_bytes(length) as usize];
        self.0.read_exact(&mut message).ok()?;
        Some(message)
    }
}

pub(crate) fn local() -> Local {
    let name = format!("benches-{}", std::process::id());
    let options =
        ListenerOptions::new().name(name.clone().to_ns_name::<GenericNamespaced>().unwrap());
    let listener = options.create_sync().unwrap();
    start(serve_local, name);
    Local::new(listener.accept().unwrap())
}

fn serve_local(name: String) {
    let name = name.to_ns_name::<GenericNamespaced>().unwrap();
    serve(Local::new(Stream::connect(name).unwrap()));
}

register!(serve_pipe, serve_queues, serve_ipc, serve_local);
