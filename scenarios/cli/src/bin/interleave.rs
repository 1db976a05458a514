//! `interleave`.

fn main() -> std::process::ExitCode {
    interleave::main()
}
