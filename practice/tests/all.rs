//! Every exercise: the file that the reader gets is refused, the solution holds, and each typical
//! wrong answer is refused for its reason.

mod answers;

#[global_allocator]
static ALLOCATOR: practice::Watched = practice::Watched;
