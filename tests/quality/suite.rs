//! What runs on every kind of database.

mod alerts;
mod hand_over;
mod large_frames;
mod rest;
mod sensors;
mod simulate;
mod support;
