//! Stacks that are used again, where loom is the second judge.
//!
//! loom maps a stack for each thread of each execution, and unmaps it at the thread's end. A search
//! has hundreds of thousands of them, and most of its time was the system's; two searches at once
//! held each other up there. loom has no setting for it. So this module stands in front of the C
//! library's `mmap` and `munmap`: a stack that is unmapped is kept, guard page and all, for the
//! next one of its size that the same thread of the system asks for. All other calls go on to the
//! system. Where the C library is another one, loom's stacks come and go as before.

use libc::{MAP_FAILED, MAP_STACK, SYS_mmap, SYS_munmap, c_int, c_void, off_t, size_t, syscall};
use std::cell::RefCell;
use std::ptr;

thread_local! {
    static STACKS: RefCell<Stacks> =
        const { RefCell::new(Stacks { used: Vec::new(), kept: Vec::new() }) };
}

/// The stacks that this thread of the system has mapped.
struct Stacks {
    used: Vec<Stack>,
    kept: Vec<Stack>,
}

#[derive(Clone, Copy, PartialEq)]
struct Stack {
    start: *mut c_void,
    length: size_t,
}

impl Stacks {
    fn take(&mut self, length: size_t) -> Option<*mut c_void> {
        let place = self.kept.iter().position(|stack| stack.length == length)?;
        let stack = self.kept.swap_remove(place);
        self.used.push(stack);
        Some(stack.start)
    }

    /// Whether it was a stack of this thread.
    fn keep(&mut self, stack: Stack) -> bool {
        let place = self.used.iter().position(|used| *used == stack);
        place.map(|place| self.kept.push(self.used.swap_remove(place))).is_some()
    }
}

impl Drop for Stacks {
    fn drop(&mut self) {
        for stack in self.kept.drain(..) {
            // SAFETY: whoever had the stack has unmapped it.
            unsafe { syscall(SYS_munmap, stack.start, stack.length) };
        }
    }
}

/// The C library's `mmap`. A stack may be one that was used before.
///
/// # Safety
///
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap(
    start: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: off_t,
) -> *mut c_void {
    let is_stack = start.is_null() && flags & MAP_STACK != 0;
    // While the thread ends it has no list any more.
    let take = |stacks: &RefCell<Stacks>| stacks.borrow_mut().take(length);
    if is_stack && let Ok(Some(start)) = STACKS.try_with(take) {
        return start;
    }
    // SAFETY: the caller's.
    let mapped = unsafe { syscall(SYS_mmap, start, length, protection, flags, file, offset) };
    let mapped = ptr::with_exposed_provenance_mut(mapped as usize);
    if is_stack && mapped != MAP_FAILED {
        let stack = Stack { start: mapped, length };
        let _ = STACKS.try_with(|stacks| stacks.borrow_mut().used.push(stack));
    }
    mapped
}

/// The C library's `munmap`. Keeps a stack.
///
/// # Safety
///
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn munmap(start: *mut c_void, length: size_t) -> c_int {
    let stack = Stack { start, length };
    if STACKS.try_with(|stacks| stacks.borrow_mut().keep(stack)) == Ok(true) {
        return 0;
    }
    // SAFETY: the caller's.
    unsafe { syscall(SYS_munmap, start, length) as c_int }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libc::{MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE};

    const LENGTH: size_t = 36 * 1024;

    fn map(flags: c_int) -> *mut c_void {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | flags;
        // SAFETY: the system chooses where.
        unsafe { libc::mmap(ptr::null_mut(), LENGTH, PROT_READ | PROT_WRITE, flags, -1, 0) }
    }

    fn unmap(start: *mut c_void) {
        // SAFETY: the test does not use it any more.
        assert_eq!(unsafe { libc::munmap(start, LENGTH) }, 0);
    }

    fn is_mapped(start: *mut c_void) -> bool {
        // SAFETY: changes nothing, and fails where nothing is mapped.
        unsafe { libc::msync(start, LENGTH, libc::MS_ASYNC) == 0 }
    }

    /// One test, since another one's mapping might come to lie where one of these was.
    #[test]
    fn a_stack_is_used_again_and_goes_with_its_thread_and_what_is_no_stack_goes_at_once() {
        let mapping = map(0);
        unmap(mapping);
        assert!(!is_mapped(mapping));

        let in_a_thread = || {
            let [first, second] = [map(MAP_STACK), map(MAP_STACK)];
            assert_ne!(first, second);
            unmap(first);
            assert!(is_mapped(first));
            assert_eq!(map(MAP_STACK), first);
            let third = map(MAP_STACK);
            assert!(third != first && third != second);
            [first, second, third].map(|stack| {
                unmap(stack);
                stack.addr()
            })
        };
        for stack in std::thread::spawn(in_a_thread).join().unwrap() {
            assert!(!is_mapped(ptr::without_provenance_mut(stack)));
        }
    }
}
