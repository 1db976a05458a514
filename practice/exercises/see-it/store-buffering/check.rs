use super::answer::{OUTCOMES, program};
use practice::prelude::*;

pub fn check() -> Check {
    Check::new().predicts(program, OUTCOMES)
}
