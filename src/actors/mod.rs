//! Actors: thin shells round the pure rules of [`crate::domain`].

pub mod deathwatch;
pub mod publication;
pub mod registrar;
pub mod session;
pub mod supervisor;
pub mod writer;
