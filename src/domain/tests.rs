//! What tests of several rules share.

use std::{ops::Range, panic::RefUnwindSafe, panic::catch_unwind};

/// Plays a random game from each seed, or from `GAVEURS_SEED` alone, and says which one fails.
pub fn play(seeds: Range<u64>, game: impl Fn(u64) + RefUnwindSafe) {
    let seeds = match std::env::var("GAVEURS_SEED") {
        Ok(seed) => {
            let seed = seed.parse().unwrap();
            seed..seed + 1
        }
        Err(_) => seeds,
    };
    for seed in seeds {
        let outcome = catch_unwind(|| game(seed));
        assert!(outcome.is_ok(), "replay with GAVEURS_SEED={seed}");
    }
}
