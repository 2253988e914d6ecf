//! The sub-commands that run or prepare a server.

pub mod demo;
pub mod migrate;
pub mod serve;
