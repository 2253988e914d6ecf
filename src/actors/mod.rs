//! Actors: thin shells round the pure rules of [`crate::domain`].

pub mod announcement;
pub mod deathwatch;
pub mod group_commit;
pub mod publication;
pub mod registrar;
pub mod sample_writer;
pub mod sentinel;
pub mod session;
pub mod supervisor;
pub mod writer;
