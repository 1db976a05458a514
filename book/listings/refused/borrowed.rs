use std::thread;

// ANCHOR: refused
pub fn greet(name: String) {
    let greeter = thread::spawn(|| println!("hello, {name}"));
    greeter.join().unwrap();
}
// ANCHOR_END: refused
