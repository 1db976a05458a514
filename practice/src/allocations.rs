//! In which lines of an answer memory is asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The system's allocator, which can be asked who calls it. The program around an answer declares
/// it as its own.
pub struct Watched;

struct Watch {
    file: String,
    lines: BTreeSet<u32>,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// The lines of `file` that ask for memory while `run` runs, those in functions called `new` left
/// out. Slow: for one execution.
pub(crate) fn lines_in(file: &str, run: impl FnOnce()) -> BTreeSet<u32> {
    WATCH.set(Some(Watch { file: file.to_owned(), lines: BTreeSet::new() }));
    run();
    WATCH.take().map(|watch| watch.lines).unwrap_or_default()
}

// SAFETY: all is done by the system's allocator, which keeps the rules.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller keeps the rules of this same call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Notes the line, if the answer itself has asked, and not the model or the library for it.
fn note() {
    // Looking up the line allocates too. Meanwhile nothing is watched.
    let watch = WATCH.try_with(|watch| watch.try_borrow_mut().ok()?.take()).ok().flatten();
    let Some(mut watch) = watch else { return };
    let backtrace = format!("{:#}", Backtrace::force_capture());
    watch.lines.extend(line_in(&watch.file, &backtrace));
    WATCH.set(Some(watch));
}

/// The line of `file` in a backtrace that says each frame's function, and then its place.
fn line_in(file: &str, backtrace: &str) -> Option<u32> {
    let mut function = "";
    for line in backtrace.lines().map(str::trim) {
        let Some(place) = line.strip_prefix("at ") else {
            function = line;
            continue;
        };
        // What the compiler puts between a caller and its allocator stands where that is declared.
        let is_std = place.starts_with("/rustc/") || function.contains("__rust");
        if is_std || place.contains("practice/src/allocations.rs") {
            continue;
        }
        let place = place.strip_prefix(file)?.strip_prefix(':')?;
        let makes = function.ends_with("::new") || function.contains("::new::h");
        return place.split(':').next()?.parse().ok().filter(|_| !makes);
    }
    None
}
