//! The `plimsoll` binary.

use std::process::ExitCode;

/// Libraries copy what passes through them (TLS, HTTP, JSON, an environment): whatever is freed is zeroed, whoever held it.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    plimsoll::cli::main(std::env::args_os()).into()
}
