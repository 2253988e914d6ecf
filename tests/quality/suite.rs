//! Tests that run on every kind of database.

mod acknowledgements;
mod alerts;
mod gathering;
mod generated;
mod hand_over;
mod large_frames;
mod life_cycle;
mod names;
pub mod one_owner;
mod replay;
mod rest;
mod sensors;
mod simulate;
pub mod support;
mod unknown_frames;
