//! Health and metrics of the process.

pub mod health;
pub mod metrics;
pub mod process;
pub mod sessions;
pub mod status;
pub mod zones;
