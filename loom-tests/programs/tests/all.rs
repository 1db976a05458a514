//! Every small program over each primitive, and over faulty ones.

mod every_program;
mod faulty;
mod planted_faults;
