use std::sync::Mutex;

// ANCHOR: refused
pub fn newest(letters: &Mutex<Vec<String>>) -> usize {
    let newest = letters.lock().unwrap().last().unwrap();
    newest.len()
}
// ANCHOR_END: refused
