//! What the kernel does for the locks of a thread that dies.
//!
//! Each thread may tell the kernel where it keeps a list of the futexes that it holds. When it ends
//! in whatever way, the kernel goes through the list. It frees each futex whose word still has the
//! thread's number, marks that its owner died, and wakes a thread that sleeps there. Beside the
//! list stands one futex that the thread is just taking or releasing. If nobody holds that one, the
//! kernel wakes a sleeper too: the dead may have taken a wake with it.
//!
//! So nobody has to ask whether a process is alive, and a number that was given to another process
//! meanwhile is never taken for the dead one.
//!
//! The C library keeps a list of this kind as well, for its own robust mutexes, and the kernel
//! knows one list a thread. Ours takes its place, in each thread that uses a lock in shared memory.
//! Putting our futexes into the list of the C library would make what is in the memory depend on
//! which library it is. See `Documentation/locking/robust-futexes.rst` of the kernel.

use std::cell::Cell;
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, compiler_fence};

/// A word that the kernel frees when the thread dies whose number is in it.
#[derive(Debug)]
#[repr(C)]
pub struct Futex {
    /// The next in the list of the thread that holds it. Nobody else may look at it.
    link: Link,
    pub word: AtomicU32,
}

#[derive(Debug)]
#[repr(C)]
struct Link {
    next: AtomicPtr<Link>,
}

/// The list, as the kernel reads it.
#[repr(C)]
struct Head {
    /// The futexes that the thread holds. The last one leads back here.
    held: Link,
    /// From a link to its word.
    futex_offset: libc::c_long,
    /// The futex that the thread is just taking or releasing.
    pending: AtomicPtr<Link>,
}

impl Futex {
    /// One that nobody holds.
    pub const fn new() -> Self {
        Self { link: Link::new(), word: AtomicU32::new(0) }
    }
}

impl Link {
    const fn new() -> Self {
        Self { next: AtomicPtr::new(ptr::null_mut()) }
    }

    const fn as_ptr(&self) -> *mut Self {
        ptr::from_ref(self).cast_mut()
    }
}

/// The running thread, as the kernel numbers it.
#[derive(Clone, Copy, Debug)]
pub struct Me {
    /// The thread's number, which stands in the words that it holds.
    pub thread: u32,
    /// The number of its process.
    pub process: u32,
}

const NOT_REGISTERED: Me = Me { thread: 0, process: 0 };

std::thread_local! {
    // Neither has anything to drop, so both are there to the thread's very end.
    static HEAD: Head = const {
        Head {
            held: Link::new(),
            futex_offset: (offset_of!(Futex, word) - offset_of!(Futex, link)) as libc::c_long,
            pending: AtomicPtr::new(ptr::null_mut()),
        }
    };
    static ME: Cell<Me> = const { Cell::new(NOT_REGISTERED) };
    /// How many futexes are in the list.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// How many futexes the threads of this process hold beside a first one.
static NESTED: AtomicUsize = AtomicUsize::new(0);

/// Whether memory with futexes may go, from which no guard borrows any more.
///
/// A guard that was forgotten leaves its futex in the list. Only a thread that releases one that it
/// took earlier comes by there, so only then the memory has to stay.
pub fn may_unmap() -> bool {
    NESTED.load(Relaxed) == 0
}

/// The running thread. From its first call on, the kernel knows of its list.
#[inline]
pub fn me() -> Me {
    match ME.get() {
        Me { thread: 0, .. } => register(),
        me => me,
    }
}

#[cold]
fn register() -> Me {
    /// A child made by `fork` is another thread, and holds nothing: the kernel has no list of it.
    extern "C" fn forget() {
        ME.set(NOT_REGISTERED);
    }
    static FORGETS: AtomicBool = AtomicBool::new(false);
    // Twice does no harm.
    if !FORGETS.load(Relaxed) {
        // SAFETY: the function only sets a thread-local that needs no memory.
        let refused = unsafe { libc::pthread_atfork(None, None, Some(forget)) };
        assert_eq!(refused, 0, "no memory to be told of forks");
        FORGETS.store(true, Relaxed);
    }
    let refused = HEAD.with(|head| {
        head.held.next.store(head.held.as_ptr(), Relaxed);
        head.pending.store(ptr::null_mut(), Relaxed);
        HELD.set(0);
        // SAFETY: the head lives as long as the thread, is laid out as the kernel wants it, and
        // from here on is changed only as it may be read: each state is a list that ends.
        unsafe { libc::syscall(libc::SYS_set_robust_list, head, size_of::<Head>()) }
    });
    assert_eq!(refused, 0, "this kernel cannot watch over locks in shared memory");
    let me = Me {
        thread: rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs(),
        process: std::process::id(),
    };
    ME.set(me);
    me
}

/// The thread is about to take the futex, or to release it.
#[inline]
pub fn begin(futex: &Futex) {
    HEAD.with(|head| head.pending.store(futex.link.as_ptr(), Relaxed));
    in_order();
}

/// What [`begin`] began is done, and the list says the rest.
#[inline]
pub fn end() {
    in_order();
    HEAD.with(|head| head.pending.store(ptr::null_mut(), Relaxed));
}

/// The thread has taken the futex.
#[inline]
pub fn add(futex: &Futex) {
    if HELD.replace(HELD.get() + 1) > 0 {
        NESTED.fetch_add(1, Relaxed);
    }
    HEAD.with(|head| {
        futex.link.next.store(head.held.next.load(Relaxed), Relaxed);
        in_order();
        head.held.next.store(futex.link.as_ptr(), Relaxed);
    });
}

/// The thread is releasing the futex.
#[inline]
pub fn remove(futex: &Futex) {
    HEAD.with(|head| {
        let mut link = &head.held;
        while link.next.load(Relaxed) != futex.link.as_ptr() {
            // SAFETY: the futex is in the list, and this one is before it, so it was taken later.
            // Its guard borrows the memory that it is in. If that was forgotten, it still counts as
            // nested, and no memory goes.
            link = unsafe { &*link.next.load(Relaxed) };
        }
        link.next.store(futex.link.next.load(Relaxed), Relaxed);
    });
    if HELD.replace(HELD.get() - 1) > 1 {
        NESTED.fetch_sub(1, Relaxed);
    }
}

/// What was written before is in the memory before what is written after, for one that looks when
/// this thread is dead. A kill comes between two instructions, so only the compiler has to be told.
#[inline]
pub fn in_order() {
    compiler_fence(SeqCst);
}
