//! What the compiler cannot see: the folder of migrations, and what time it is.

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() {
    // The macro that embeds the folder cannot ask for a build when it has a new file.
    println!("cargo::rerun-if-changed=sql/migrations");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rustc-env=GAVEURS_BUILT_AT={}", built_at());
}

/// Seconds since 1970. A server whose clock is before this does not know what time it is. A build that must be the same again says the
/// time in SOURCE_DATE_EPOCH.
fn built_at() -> u64 {
    let said = env::var("SOURCE_DATE_EPOCH").ok();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).ok();
    said.and_then(|seconds| seconds.parse().ok())
        .or_else(|| now().map(|since| since.as_secs()))
        .unwrap_or(0)
}
