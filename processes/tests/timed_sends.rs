//! Sends with a time limit: to a pipe that is full, and to a peer that is killed meanwhile.

use crate::pipe::{Letter, letter};
use crate::tests;
use processes::{MessageError, Process, ProcessOutcome, Receiver, Sender, Start, pipe, register};
use std::thread;
use std::time::{Duration, Instant};

tests![
    a_send_to_a_peer_that_reads_nothing_gives_up_when_its_time_is_up,
    a_short_message_goes_whole_or_not_at_all,
    a_message_that_was_broken_off_goes_on_before_the_next,
    a_message_that_was_broken_off_goes_on_in_the_process_that_gets_the_end,
    a_message_that_was_broken_off_and_is_never_finished_is_truncated,
    a_timed_send_to_a_peer_that_is_killed_meanwhile_is_an_error,
];

/// Fills a pipe with short messages, and says how many it took.
fn fill(sender: &mut Sender) -> u32 {
    let mut full = 0..;
    let not_sent = full.by_ref().find_map(|number| sender.try_send(&number).err());
    assert!(matches!(not_sent, Some(MessageError::Full)), "{not_sent:?}");
    full.start - 1
}

fn a_send_to_a_peer_that_reads_nothing_gives_up_when_its_time_is_up() {
    const SHORT: Duration = Duration::from_millis(20);
    let (mut receiver, mut sender) = pipe().unwrap();
    let full = fill(&mut sender);
    assert!(full > 1000);
    let before = Instant::now();
    assert!(matches!(sender.send_for(&full, SHORT), Err(MessageError::Full)));
    assert!(before.elapsed() >= SHORT);
    assert!(matches!(sender.send_bytes_for(&[7; 9], SHORT), Err(MessageError::Full)));
    assert!(before.elapsed() >= 2 * SHORT);
    let deadline = Instant::now() + SHORT;
    assert!(matches!(sender.send_until(&full, deadline), Err(MessageError::Full)));
    assert!(Instant::now() >= deadline);
    assert!(matches!(sender.send_bytes_until(&[7; 9], deadline), Err(MessageError::Full)));
    assert!(matches!(sender.try_send_bytes(&[7; 9]), Err(MessageError::Full)));
    for number in 0..full {
        assert_eq!(receiver.recv::<u32>().unwrap(), number);
    }
    assert!(!receiver.poll(Duration::ZERO).unwrap(), "what was refused never comes");
    sender.send_for(&1_u32, Duration::MAX).unwrap();
    sender.send_bytes_until(&[7; 9], Instant::now()).unwrap();
    assert_eq!(receiver.recv::<u32>().unwrap(), 1);
    assert_eq!(receiver.recv_bytes().unwrap(), [7; 9]);
}

fn a_short_message_goes_whole_or_not_at_all() {
    let (mut receiver, mut sender) = pipe().unwrap();
    // With its header it has what the system never cuts.
    let message = [7; 4096 - 16];
    for fills in [0, 1, 100, 3000] {
        (0..fills).for_each(|_| sender.send_bytes(&[0]).unwrap());
        let mut sent = 0;
        let error = loop {
            match sender.try_send_bytes(&message) {
                Ok(()) => sent += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, MessageError::Full), "{error}");
        (0..fills).for_each(|_| assert_eq!(receiver.recv_bytes().unwrap(), [0]));
        (0..sent).for_each(|_| assert_eq!(receiver.recv_bytes().unwrap(), message));
        assert!(!receiver.poll(Duration::ZERO).unwrap());
    }
}

fn breaks_off(sender: &mut Sender, message: &Letter) {
    match sender.send_for(message, Duration::from_millis(5)) {
        Err(MessageError::Unfinished { sent, length }) => assert!(0 < sent && sent < length),
        other => panic!("{other:?}"),
    }
}

fn a_message_that_was_broken_off_goes_on_before_the_next() {
    let (mut receiver, mut sender) = pipe().unwrap();
    assert!(sender.finish(Duration::ZERO).unwrap(), "nothing was broken off");
    breaks_off(&mut sender, &letter(1_000_000));
    // Of the next nothing goes before all of this has gone.
    assert!(matches!(sender.try_send(&letter(1)), Err(MessageError::Full)));
    assert!(matches!(sender.try_send_bytes(&[1]), Err(MessageError::Full)));
    assert!(!sender.finish(Duration::from_millis(5)).unwrap());
    let sends = thread::spawn(move || {
        sender.send(&letter(2)).unwrap();
        breaks_off(&mut sender, &letter(300_000));
        sender
    });
    assert!(receiver.recv::<Letter>().unwrap() == letter(1_000_000));
    assert_eq!(receiver.recv::<Letter>().unwrap(), letter(2));
    let mut sender = sends.join().unwrap();
    let finishes = thread::spawn(move || assert!(sender.finish(Duration::MAX).unwrap()));
    assert!(receiver.recv::<Letter>().unwrap() == letter(300_000));
    finishes.join().unwrap();
    assert!(matches!(receiver.recv::<Letter>(), Err(MessageError::Closed)));
}

fn sends_one_more(mut sender: Sender) {
    sender.send(&letter(1)).unwrap();
}

fn a_message_that_was_broken_off_goes_on_in_the_process_that_gets_the_end() {
    for start in Start::ALL {
        let (mut receiver, mut sender) = pipe().unwrap();
        breaks_off(&mut sender, &letter(100_000));
        let child = Process::start(*start, sends_one_more, (sender,)).unwrap();
        assert!(receiver.recv::<Letter>().unwrap() == letter(100_000), "{start:?}");
        assert_eq!(receiver.recv::<Letter>().unwrap(), letter(1));
        assert_eq!(child.join(), ProcessOutcome::Exited(0));
    }
}

fn a_message_that_was_broken_off_and_is_never_finished_is_truncated() {
    let (mut receiver, mut sender) = pipe().unwrap();
    sender.send(&letter(1)).unwrap();
    breaks_off(&mut sender, &letter(100_000));
    drop(sender);
    assert_eq!(receiver.recv::<Letter>().unwrap(), letter(1));
    assert!(matches!(receiver.recv::<Letter>(), Err(MessageError::Truncated { .. })));
}

fn reads_some_and_stops(mut receiver: Receiver, messages: usize, mut says: Sender) {
    (0..messages).for_each(|_| _ = receiver.recv::<Letter>().unwrap());
    says.send(&()).unwrap();
    thread::sleep(Duration::MAX);
}

fn a_timed_send_to_a_peer_that_is_killed_meanwhile_is_an_error() {
    for messages in 0..9 {
        let start = Start::ALL[messages % Start::ALL.len()];
        let (theirs, mut sender) = pipe().unwrap();
        let (mut stops, says) = pipe().unwrap();
        let peer = Process::start(start, reads_some_and_stops, (theirs, messages, says)).unwrap();
        for _ in 0..messages {
            sender.send_for(&letter(100_000), Duration::from_secs(60)).unwrap();
        }
        stops.recv::<()>().unwrap();
        if messages % 2 == 0 {
            breaks_off(&mut sender, &letter(100_000));
        }
        let kills = thread::spawn(move || {
            thread::sleep(Duration::from_millis(2));
            peer.kill();
            peer.join()
        });
        let sent = sender.send_for(&letter(100_000), Duration::from_secs(60));
        assert!(matches!(sent, Err(MessageError::Closed)), "{sent:?}");
        assert_eq!(kills.join().unwrap(), ProcessOutcome::Killed(9));
        assert!(matches!(sender.try_send(&1), Err(MessageError::Closed)));
    }
}

register!(sends_one_more, reads_some_and_stops);
