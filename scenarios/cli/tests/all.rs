//! The command.
//!
//! One executable: that builds in a fraction of the time that one for each file takes.

mod command;
mod copies_build;
mod own_programs;
mod practise;
