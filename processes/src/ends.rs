//! Files that a fork must not have by chance: ends of pipes and of lines.
//!
//! A pipe ends when *all* copies of its other end are closed. A fork has copies of all files that
//! are open, also of those that other threads have opened for other processes. With one of them a
//! receiver would wait for ever for the end of what its own process could send. So a list says
//! which files are ends, and a fork lets go of all of them but those that it is given.

use primitives::{Lock, LockGuard};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{DupFlags, dup3};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// All ends that are open. A file is opened and closed with this lock held, or a fork in between
/// would not find it here.
static OPEN: Lock<BTreeSet<RawFd>> = Lock::new(BTreeSet::new());

/// An end.
#[derive(Debug)]
pub(crate) struct End(ManuallyDrop<OwnedFd>);

impl End {
    /// Two ends.
    pub(crate) fn pair(
        make: impl FnOnce() -> rustix::io::Result<(OwnedFd, OwnedFd)>,
    ) -> io::Result<(Self, Self)> {
        let mut open = OPEN.lock();
        let (one, other) = make()?;
        Ok((Self::listed(&mut open, one), Self::listed(&mut open, other)))
    }

    /// A copy.
    pub(crate) fn of(file: BorrowedFd) -> io::Result<Self> {
        let mut open = OPEN.lock();
        let file = file.try_clone_to_owned()?;
        Ok(Self::listed(&mut open, file))
    }

    fn listed(open: &mut BTreeSet<RawFd>, file: OwnedFd) -> Self {
        open.insert(file.as_raw_fd());
        Self(ManuallyDrop::new(file))
    }
}

impl From<OwnedFd> for End {
    fn from(file: OwnedFd) -> Self {
        Self::listed(&mut OPEN.lock(), file)
    }
}

/// From here on a fork has it.
impl From<End> for OwnedFd {
    fn from(end: End) -> Self {
        let mut end = ManuallyDrop::new(end);
        OPEN.lock().remove(&end.0.as_raw_fd());
        // SAFETY: it is taken once: the end is not dropped.
        unsafe { ManuallyDrop::take(&mut end.0) }
    }
}

impl Read for &End {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(self, bytes)?)
    }
}

impl Write for &End {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(self, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for End {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut open = OPEN.lock();
        open.remove(&self.0.as_raw_fd());
        // SAFETY: it is dropped once, and not used afterwards.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

/// Keeps others from opening and closing ends, until it is dropped: in the process that forks, and
/// in its fork, which must not find this lock held by a thread that it has not.
pub(crate) struct Fork(LockGuard<'static, BTreeSet<RawFd>>);

impl Fork {
    pub(crate) fn begin() -> Self {
        Self(OPEN.lock())
    }

    // ANCHOR: keep_only
    /// Lets go of all ends but these.
    pub(crate) fn keep_only(self, kept: &[End]) -> io::Result<()> {
        let kept: BTreeSet<RawFd> = kept.iter().map(|end| end.0.as_raw_fd()).collect();
        let nothing = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        for number in self.0.difference(&kept) {
            // Something of this process may still call the end by this number, and close it. Until
            // then no other file may get the number.
            // SAFETY: the number is that of an end, which is open.
            let mut end = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(*number) });
            dup3(&nothing, &mut end, DupFlags::CLOEXEC)?;
        }
        Ok(())
    }
    // ANCHOR_END: keep_only
}
