//! What the process says about itself.

pub mod health;
pub mod metrics;
pub mod process;
pub mod sessions;
pub mod zones;
