use std::rc::Rc;
use std::thread;

// ANCHOR: refused
pub fn count(number: Rc<i32>) {
    let reader = thread::spawn(move || println!("{number}"));
    reader.join().unwrap();
}
// ANCHOR_END: refused
