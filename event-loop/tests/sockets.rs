//! Sockets on loopback.

use event_loop::net::Socket;
use event_loop::{gather, run, spawn, timeout};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn a_thread_serves_and_the_loop_reads_to_the_end() {
    let listener = TcpListener::bind(any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 5];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(&request.repeat(100_000)).unwrap();
    });
    let all = run(async {
        let stream = Socket::connect(address).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        let mut all = Vec::new();
        assert_eq!(stream.read_to_end(&mut all).await.unwrap(), 500_000);
        all
    });
    assert_eq!(all, b"hello".repeat(100_000));
    server.join().unwrap();
}

#[test]
fn a_loop_serves_many_clients_that_are_its_own_tasks() {
    const LARGE: usize = 1 << 20;
    run(async {
        let listener = Socket::bind(any_port()).unwrap();
        let address = listener.get().local_addr().unwrap();
        let server = spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                drop(spawn(async move {
                    let mut request = [0; 1];
                    stream.read(&mut request).await.unwrap();
                    // More than the system keeps: it has to wait for the reader.
                    stream.write_all(&vec![request[0]; LARGE]).await.unwrap();
                }));
            }
        });
        let client = |number: u8| async move {
            let stream = Socket::connect(address).await.unwrap();
            stream.write_all(&[number]).await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            all.len() == LARGE && all.iter().all(|&byte| byte == number)
        };
        assert_eq!(gather((1..=20).map(client)).await.unwrap(), [true; 20]);
        server.cancel();
    });
}

#[test]
fn a_port_where_nobody_listens_is_an_error() {
    let listener = TcpListener::bind(any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = run(Socket::connect(address)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_peer_that_says_nothing_is_left_when_the_time_is_up() {
    run(async {
        let listener = Socket::bind(any_port()).unwrap();
        let stream = Socket::connect(listener.get().local_addr().unwrap()).await.unwrap();
        let (_silent, _) = listener.accept().await.unwrap();
        let read = timeout(Duration::from_millis(5), stream.read(&mut [0])).await;
        assert!(read.is_err());
    });
}

#[test]
fn two_tasks_can_read_and_write_one_socket_at_once() {
    run(async {
        let listener = Socket::bind(any_port()).unwrap();
        let address = listener.get().local_addr().unwrap();
        let echo = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut part = [0; 1024];
            loop {
                match stream.read(&mut part).await.unwrap() {
                    0 => break,
                    count => stream.write_all(&part[..count]).await.unwrap(),
                }
            }
        });
        let stream = std::rc::Rc::new(Socket::connect(address).await.unwrap());
        let reader = stream.clone();
        let reads = spawn(async move {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).await.unwrap();
            all.len()
        });
        stream.write_all(&vec![7; 1 << 20]).await.unwrap();
        stream.get().shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(reads.await.unwrap(), 1 << 20);
        echo.await.unwrap();
    });
}
