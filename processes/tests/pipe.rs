//! Pipes: what goes through, and what a bad peer gets.

use crate::tests;
use processes::{
    Connection, MessageError, Process, ProcessOutcome, Receiver, Sender, Start, duplex_pipe, pipe,
    register,
};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

tests![
    values_and_bytes_come_in_the_order_in_which_they_were_sent,
    a_message_longer_than_the_pipe_comes_whole,
    messages_of_every_length_come_whole_and_leave_the_next_alone,
    a_long_message_that_is_cut_off_leaves_an_error_that_says_how_much_came,
    the_first_part_of_a_long_message_goes_with_an_end,
    a_message_that_is_not_of_the_type_is_an_error_and_the_next_comes,
    the_end_is_an_error_after_the_last_message,
    a_sender_without_a_receiver_gets_an_error,
    poll_waits_for_a_whole_message_and_no_longer_than_it_is_told,
    a_message_over_the_limit_is_refused_before_it_comes,
    a_message_of_another_version_is_refused,
    what_is_no_message_is_refused,
    a_peer_that_is_cut_off_after_any_byte_leaves_an_error,
    a_peer_that_is_killed_at_any_step_leaves_an_error_and_what_it_sent,
    a_process_has_the_end_that_it_was_given_and_this_one_has_not,
    what_had_come_goes_with_an_end,
    an_end_is_no_message,
    a_string_of_letters_from_a_bad_peer_never_panics,
];

#[derive(Serialize, Deserialize, Debug, PartialEq)]
pub(crate) struct Letter {
    to: String,
    pages: Vec<u32>,
}

pub(crate) fn letter(pages: u32) -> Letter {
    Letter { to: "Ann".to_owned(), pages: (0..pages).collect() }
}

fn raw(sender: &Sender) -> File {
    File::from(sender.as_fd().try_clone_to_owned().unwrap())
}

/// The bytes of a message.
fn bytes_of(value: &impl Serialize) -> Vec<u8> {
    let (receiver, mut sender) = pipe().unwrap();
    sender.send(value).unwrap();
    drop(sender);
    let file = File::from(receiver.as_fd().try_clone_to_owned().unwrap());
    std::io::Read::bytes(file).map(Result::unwrap).collect()
}

fn values_and_bytes_come_in_the_order_in_which_they_were_sent() {
    let (mut receiver, mut sender) = pipe().unwrap();
    for pages in 0..100 {
        sender.send(&letter(pages)).unwrap();
        sender.send_bytes(&[7; 3]).unwrap();
    }
    sender.send("the end").unwrap();
    for pages in 0..100 {
        assert_eq!(receiver.recv::<Letter>().unwrap(), letter(pages));
        assert_eq!(receiver.recv_bytes().unwrap(), [7; 3]);
    }
    assert_eq!(receiver.recv::<String>().unwrap(), "the end");
}

fn a_message_longer_than_the_pipe_comes_whole() {
    let (mut receiver, mut sender) = pipe().unwrap();
    let sends = thread::spawn(move || {
        for pages in [1_000_000, 0, 300_000] {
            sender.send(&letter(pages)).unwrap();
        }
    });
    for pages in [1_000_000, 0, 300_000] {
        assert!(receiver.recv::<Letter>().unwrap() == letter(pages));
    }
    sends.join().unwrap();
}

/// Lengths around those at which something changes: what is read ahead, what is read at once, what
/// a pipe holds.
fn lengths() -> Vec<usize> {
    let around = [0, 4096, 1 << 13, 1 << 16, 1 << 17];
    around.into_iter().flat_map(|length: usize| length.saturating_sub(33)..length + 18).collect()
}

fn bytes_of_length(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place ^ place >> 8 ^ length) as u8).collect()
}

fn messages_of_every_length_come_whole_and_leave_the_next_alone() {
    let (mut receiver, mut sender) = pipe().unwrap();
    let sends = thread::spawn(move || {
        for length in lengths() {
            sender.send_bytes(&bytes_of_length(length)).unwrap();
            sender.send(&length).unwrap();
            sender.send_bytes(&bytes_of_length(length)).unwrap();
        }
    });
    for length in lengths() {
        assert!(receiver.recv_bytes().unwrap() == bytes_of_length(length), "{length}");
        assert_eq!(receiver.recv::<usize>().unwrap(), length);
        assert!(receiver.poll(Duration::MAX).unwrap());
        assert!(receiver.recv_bytes().unwrap() == bytes_of_length(length), "{length}");
    }
    sends.join().unwrap();
    assert!(matches!(receiver.recv_bytes(), Err(MessageError::Closed)));
}

fn a_long_message_that_is_cut_off_leaves_an_error_that_says_how_much_came() {
    let mut bytes = bytes_of(&vec![7_u8; 99_000]);
    bytes.truncate(99_000);
    for cut in [17, 8191, 8192, 8193, 65_536, 65_552, 98_999] {
        let (mut receiver, sender) = pipe().unwrap();
        let bytes = bytes[..cut].to_vec();
        let sends = thread::spawn(move || raw(&sender).write_all(&bytes).unwrap());
        // It may be looked at before it has come, and after.
        let error = if cut % 2 == 0 {
            receiver.recv_bytes().unwrap_err()
        } else {
            assert!(receiver.poll(Duration::MAX).unwrap());
            receiver.recv::<Vec<u8>>().unwrap_err()
        };
        assert!(matches!(error, MessageError::Truncated { got } if got == cut), "{cut}: {error}");
        sends.join().unwrap();
    }
}

fn adds_up(mut long: Receiver, mut sender: Sender) {
    let sum: u64 = long.recv_bytes().unwrap().iter().map(|byte| u64::from(*byte)).sum();
    sender.send(&(sum, long.recv::<u64>().unwrap())).unwrap();
}

fn the_first_part_of_a_long_message_goes_with_an_end() {
    for start in Start::ALL {
        let (mut receiver, mut sender) = pipe().unwrap();
        let (mut answers, answer) = pipe().unwrap();
        let part = sender.send_bytes_for(&[7; 1 << 20], Duration::from_millis(5));
        assert!(matches!(part, Err(MessageError::Unfinished { .. })));
        // Now that part is in the memory of this end.
        assert!(!receiver.poll(Duration::from_millis(5)).unwrap());
        let child = Process::start(*start, adds_up, (receiver, answer)).unwrap();
        sender.send(&42_u64).unwrap();
        assert_eq!(answers.recv::<(u64, u64)>().unwrap(), (7 << 20, 42), "{start:?}");
        child.join();
    }
}

fn a_message_that_is_not_of_the_type_is_an_error_and_the_next_comes() {
    let (mut receiver, mut sender) = pipe().unwrap();
    sender.send(&letter(3)).unwrap();
    sender.send(&1_u8).unwrap();
    sender.send(&letter(4)).unwrap();
    assert!(matches!(receiver.recv::<u8>(), Err(MessageError::Value(_))));
    assert!(matches!(receiver.recv::<Letter>(), Err(MessageError::Value(_))));
    assert_eq!(receiver.recv::<Letter>().unwrap(), letter(4));
}

fn the_end_is_an_error_after_the_last_message() {
    let (mut receiver, mut sender) = pipe().unwrap();
    sender.send(&1).unwrap();
    drop(sender);
    assert_eq!(receiver.recv::<i32>().unwrap(), 1);
    for _ in 0..2 {
        assert!(receiver.poll(Duration::MAX).unwrap());
        assert!(matches!(receiver.recv::<i32>(), Err(MessageError::Closed)));
    }
}

fn a_sender_without_a_receiver_gets_an_error() {
    let (receiver, mut sender) = pipe().unwrap();
    let full = thread::spawn(move || sender.send_bytes(&[0; 1 << 20]));
    // Now or later: it waits, or has not begun.
    drop(receiver);
    assert!(matches!(full.join().unwrap(), Err(MessageError::Closed)));
}

fn poll_waits_for_a_whole_message_and_no_longer_than_it_is_told() {
    let (mut receiver, sender) = pipe().unwrap();
    let short = Duration::from_millis(5);
    let before = Instant::now();
    assert!(!receiver.poll(short).unwrap());
    assert!(before.elapsed() >= short);
    let bytes = bytes_of(&letter(5));
    let (last, rest) = bytes.split_last().unwrap();
    for byte in rest {
        raw(&sender).write_all(&[*byte]).unwrap();
        assert!(!receiver.poll(Duration::ZERO).unwrap());
    }
    raw(&sender).write_all(&[*last]).unwrap();
    assert!(receiver.poll(Duration::ZERO).unwrap());
    assert_eq!(receiver.recv::<Letter>().unwrap(), letter(5));
}

fn a_message_over_the_limit_is_refused_before_it_comes() {
    let (mut receiver, mut sender) = pipe().unwrap();
    receiver.set_limit(10);
    sender.send_bytes(&[1; 10]).unwrap();
    assert_eq!(receiver.recv_bytes().unwrap(), [1; 10]);
    // Only a header comes, which promises more than there is memory.
    let mut header = bytes_of(&());
    header[8..16].fill(0xff);
    raw(&sender).write_all(&header).unwrap();
    for _ in 0..2 {
        assert!(receiver.poll(Duration::ZERO).unwrap());
        let refused = receiver.recv_bytes().unwrap_err();
        assert!(matches!(refused, MessageError::TooLong { length: u64::MAX, limit: 10 }));
    }
}

fn a_message_of_another_version_is_refused() {
    let (mut receiver, sender) = pipe().unwrap();
    let mut bytes = bytes_of(&letter(1));
    bytes[4] += 1;
    raw(&sender).write_all(&bytes).unwrap();
    let refused = receiver.recv::<Letter>().unwrap_err();
    let text = "a message of version 2, where this program has version 1: build both ends from the \
                same version";
    assert_eq!(refused.to_string(), text);
}

fn what_is_no_message_is_refused() {
    let (mut receiver, sender) = pipe().unwrap();
    raw(&sender).write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(matches!(receiver.recv::<Letter>(), Err(MessageError::NotAMessage)));
}

fn a_peer_that_is_cut_off_after_any_byte_leaves_an_error() {
    let bytes = bytes_of(&letter(2));
    for cut in 0..bytes.len() {
        let (mut receiver, sender) = pipe().unwrap();
        raw(&sender).write_all(&bytes[..cut]).unwrap();
        drop(sender);
        match receiver.recv::<Letter>().unwrap_err() {
            MessageError::Closed => assert_eq!(cut, 0),
            MessageError::Truncated { got } => assert_eq!(got, cut),
            other => panic!("after {cut} bytes: {other}"),
        }
    }
}

fn sends_for_ever(mut sender: Sender) {
    let mut numbers = 0_u32..;
    while numbers.next().is_some_and(|one| sender.send(&(one, vec![one; 20_000])).is_ok()) {}
}

fn a_peer_that_is_killed_at_any_step_leaves_an_error_and_what_it_sent() {
    for round in 0..20 {
        let (mut receiver, sender) = pipe().unwrap();
        let start = Start::ALL[round % Start::ALL.len()];
        let peer = Process::start(start, sends_for_ever, (sender,)).unwrap();
        let mut wanted = 0_u32;
        let error = loop {
            match receiver.recv::<(u32, Vec<u32>)>() {
                Ok((number, all)) => {
                    assert_eq!(number, wanted);
                    assert!(all.len() == 20_000 && all.iter().all(|one| *one == number));
                    wanted += 1;
                }
                Err(error) => break error,
            }
            if wanted as usize == 1 + round {
                peer.kill();
            }
        };
        assert!(wanted as usize > round);
        let cut = matches!(error, MessageError::Closed | MessageError::Truncated { .. });
        assert!(cut, "{error}");
        assert_eq!(peer.join(), ProcessOutcome::Killed(9));
    }
}

fn doubles(mut line: Connection) {
    while let Ok(number) = line.recv::<u64>() {
        line.send(&(2 * number)).unwrap();
    }
}

fn a_process_has_the_end_that_it_was_given_and_this_one_has_not() {
    for start in Start::ALL {
        let (mut ours, theirs) = duplex_pipe().unwrap();
        let child = Process::start(*start, doubles, (theirs,)).unwrap();
        for number in 0..100_u64 {
            ours.send(&number).unwrap();
            assert_eq!(ours.recv::<u64>().unwrap(), 2 * number);
        }
        let (sender, mut receiver) = ours.split();
        // The child ends by this, so nobody else has this end.
        drop(sender);
        assert_eq!(child.join(), ProcessOutcome::Exited(0), "{start:?}");
        assert!(matches!(receiver.recv::<u64>(), Err(MessageError::Closed)));
    }
}

fn sums(mut receiver: Receiver, mut sender: Sender) {
    let mut sum = 0;
    while let Ok(number) = receiver.recv::<u64>() {
        sum += number;
    }
    sender.send(&sum).unwrap();
}

fn what_had_come_goes_with_an_end() {
    for start in Start::ALL {
        let (mut numbers, mut sender) = pipe().unwrap();
        let (mut answers, answer) = pipe().unwrap();
        for number in 1..=4_u64 {
            sender.send(&number).unwrap();
        }
        drop(sender);
        // Now the other three are in the memory of this end.
        assert_eq!(numbers.recv::<u64>().unwrap(), 1);
        let child = Process::start(*start, sums, (numbers, answer)).unwrap();
        assert_eq!(answers.recv::<u64>().unwrap(), 9, "{start:?}");
        child.join();
    }
}

fn an_end_is_no_message() {
    let ((one, _), (_, mut other)) = (pipe().unwrap(), pipe().unwrap());
    assert!(matches!(other.send(&one), Err(MessageError::Value(_))));
}

fn a_string_of_letters_from_a_bad_peer_never_panics() {
    // Each byte of a good message, in turn, is every other one.
    let good = bytes_of(&(1_u8, "ab", vec![1_u16]));
    for place in 0..good.len() {
        for value in 0..=255 {
            let mut bytes = good.clone();
            bytes[place] = value;
            let (mut receiver, sender) = pipe().unwrap();
            raw(&sender).write_all(&bytes).unwrap();
            drop(sender);
            let got = receiver.recv::<(u8, String, Vec<u16>)>();
            assert!(got.is_err() || place >= 16 || bytes == good);
        }
    }
}

register!(sends_for_ever, doubles, sums, adds_up);
