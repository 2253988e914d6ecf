//! What this machine lacks for a test.

use std::io::Write as _;

/// Says why a test is skipped. With `CI` set that is a failure.
pub fn skip(lack: &str) {
    assert!(std::env::var_os("CI").is_none(), "{lack}");
    // Not `eprint!`, because the test harness captures it.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {lack}");
}
