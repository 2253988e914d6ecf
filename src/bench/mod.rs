//! `gaveurs bench`: what this machine and its database can do.

mod feed;
pub mod ingest;
mod latency;
mod load;
mod report;
mod yardstick;
