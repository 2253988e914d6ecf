//! What runs on every kind of database.

mod alerts;
mod hand_over;
mod rest;
mod sensors;
mod simulate;
mod support;
