//! The program `portcullis`. What it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis::cli::run()
}
