use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

// ANCHOR: refused
pub fn shown(name: &Mutex<Rc<str>>) {
    thread::scope(|scope| {
        scope.spawn(|| println!("{}", name.lock().unwrap()));
    });
}
// ANCHOR_END: refused
