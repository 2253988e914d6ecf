//! The arrows of the design: one file for each pair of actors that speak, named after who says it to whom.
//!
//! ```text
//!  simulator ──frame──▶ session ──StoreReadings──▶ writer ──one transaction──▶ TimescaleDB
//!                          ▲                          │
//!                          │  ReadingsAcked/Refused   │ ReadingsStored   (only what was committed)
//!                          └──────────────────────────┤
//!                                                     ▼
//!  screens ◀──frame── session ◀──Deliver(shared)── supervisor ──RegisterUser/ClearUser──▶ registrar
//!                                                     ▲                                     │
//!                                                     └──────────────UserCleared────────────┘
//! ```

pub mod announcer_to_supervisor;
pub mod app_to_registrar;
pub mod app_to_supervisor;
pub mod app_to_writer;
pub mod health_to_supervisor;
pub mod registrar_to_supervisor;
pub mod sample_writer_to_session;
pub mod session_to_sample_writer;
pub mod session_to_supervisor;
pub mod session_to_writer;
pub mod supervisor_to_registrar;
pub mod supervisor_to_sentinel;
pub mod supervisor_to_session;
pub mod writer_to_session;
pub mod writer_to_supervisor;
