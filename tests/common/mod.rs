//! What several test binaries share; each uses its own part.
#![allow(dead_code)]

pub mod database;
