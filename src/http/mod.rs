//! REST. The only place with status codes.

pub mod error;
pub mod state;
