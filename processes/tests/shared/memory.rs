//! The memory itself: what is refused.

use super::children::Child;
use processes::{SharedLock, SharedMemory, SharedMemoryError};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A name that no other test has, nor another run of this one.
fn name(what: &str) -> String {
    format!("interleave-test-{what}-{}", std::process::id())
}

fn file(name: &str) -> PathBuf {
    PathBuf::from("/dev/shm").join(name)
}

fn open(name: &str) -> SharedMemoryError {
    SharedMemory::<u64>::open(name).expect_err("it is not what it should be")
}

#[test]
fn a_value_is_seen_by_all_that_open_the_name_and_its_maker_takes_the_name_away() {
    let name = name("seen");
    let memory = SharedMemory::create(&name, SharedLock::new(1_u64)).unwrap();
    let other = SharedMemory::<SharedLock<u64>>::open(&name).unwrap();
    *other.lock().unwrap() = 2;
    assert_eq!(*memory.lock().unwrap(), 2);
    let child = Child::start(|| {
        let memory = SharedMemory::<SharedLock<u64>>::open(&name).unwrap();
        *memory.lock().unwrap() = 3;
    });
    child.join();
    drop(memory);
    assert!(!file(&name).exists());
    assert_eq!(*other.lock().unwrap(), 3, "those that have it keep it");
}

#[test]
fn a_child_does_not_take_away_its_parents_name() {
    let name = name("parents");
    let mut memory = Some(SharedMemory::create(&name, 1_u64).unwrap());
    Child::start(|| drop(memory.take())).join();
    assert!(file(&name).exists());
}

#[test]
fn a_name_that_is_taken_or_that_nobody_has_or_that_is_none_is_refused() {
    let name = name("taken");
    let _memory = SharedMemory::create(&name, 1_u64).unwrap();
    let taken = SharedMemory::create(&name, 1_u64).unwrap_err();
    assert!(taken.to_string().contains(&format!("remove the file /dev/shm/{name}")), "{taken}");
    assert!(matches!(open("interleave-test-nobody"),
        SharedMemoryError::System(error) if error.kind() == ErrorKind::NotFound));
    for none in ["", "a/b", "a\0b"] {
        assert!(matches!(open(none),
            SharedMemoryError::System(error) if error.kind() == ErrorKind::InvalidInput));
    }
}

#[test]
fn memory_without_a_name_comes_to_a_child() {
    let memory = SharedMemory::new(AtomicU32::new(0)).unwrap();
    Child::start(|| memory.store(7, Relaxed)).join();
    assert_eq!(memory.load(Relaxed), 7);
}

/// Changes the file of good memory, and opens it.
fn spoilt(what: &str, spoil: impl FnOnce(&File)) -> SharedMemoryError {
    let name = name(what);
    let _memory = SharedMemory::create(&name, 1_u64).unwrap();
    assert_eq!(*SharedMemory::<u64>::open(&name).unwrap(), 1);
    spoil(&OpenOptions::new().write(true).open(file(&name)).unwrap());
    open(&name)
}

#[test]
fn another_magic_is_refused() {
    let error = spoilt("magic", |file| file.write_all_at(b"ELF", 0).unwrap());
    assert!(matches!(error, SharedMemoryError::NotSharedMemory), "{error}");
}

#[test]
fn memory_whose_maker_was_killed_is_refused() {
    for length in [0, 40, 4096] {
        let name = name("unfinished");
        File::create_new(file(&name)).unwrap().set_len(length).unwrap();
        let error = open(&name);
        fs::remove_file(file(&name)).unwrap();
        assert!(matches!(error, SharedMemoryError::Unfinished), "{error}");
    }
}

#[test]
fn another_version_is_refused() {
    let error = spoilt("version", |file| file.write_all_at(&9_u32.to_le_bytes(), 8).unwrap());
    assert!(matches!(error, SharedMemoryError::WrongVersion { found: 9, wanted: 2 }), "{error}");
    assert!(error.to_string().contains("version 9"));
}

#[test]
fn memory_that_was_cut_off_or_added_to_is_refused() {
    for length in [70, 72 + 4096] {
        let error = spoilt("length", |file| file.set_len(length).unwrap());
        let SharedMemoryError::WrongLength { found, wanted: 72 } = error else {
            panic!("{error}");
        };
        assert_eq!(found, length);
    }
}

#[test]
fn a_room_that_is_longer_than_any_memory_is_refused() {
    let error = spoilt("room", |file| file.write_all_at(&u64::MAX.to_le_bytes(), 32).unwrap());
    assert!(matches!(error, SharedMemoryError::WrongLength { .. }), "{error}");
}

#[test]
fn a_value_of_another_type_is_refused_though_it_has_the_same_size() {
    let name = name("type");
    let _memory = SharedMemory::create(&name, 1.5_f64).unwrap();
    let error = open(&name);
    assert!(matches!(error, SharedMemoryError::WrongType { found: 8, wanted: 8 }), "{error}");
}
