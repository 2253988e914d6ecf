//! Actors: thin shells around the pure rules of [`crate::domain`].

pub mod advisor;
pub mod announcement;
pub mod deathwatch;
pub mod matrix_writer;
pub mod publication;
pub mod registrar;
pub mod session;
pub mod supervisor;
pub mod writer;
mod writing;
