//! The program `huntc`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    huntc::cli::main()
}
