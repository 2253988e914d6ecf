//! The messages between actors: one file for each pair of sender and receiver, named `<from>_to_<to>`.
//!
//! ```text
//!  simulator ──frame──▶ session ──StoreReadings──▶ writer ──one transaction──▶ TimescaleDB
//!                        ▲   │                     ▲ ▲ │
//!                        │   └StoreSample▶ matrix ─┘ │ │ Committed   (only what was committed)
//!                        │                 writer    │ │
//!                        │                           │ │      claims, acknowledgements ──▶ writer
//!                        ├── acks, refusals ─────────┼─┤ LotsMoved ▶ advisor ──RaiseAdvice──▶ writer
//!                        │              RaiseSilence │ ▼
//!  screens ◀──frame── session ◀──Deliver(shared)── supervisor ──RegisterUser/ClearUser──▶ registrar
//!                                                    ▲                                     │
//!                                                    └──────────────UserCleared────────────┘
//! ```

pub mod advisor_to_writer;
pub mod app_to_advisor;
pub mod app_to_registrar;
pub mod app_to_simulators;
pub mod app_to_supervisor;
pub mod app_to_writers;
pub mod follower_to_supervisor;
pub mod follower_to_writer;
pub mod health_to_supervisor;
pub mod http_to_simulators;
pub mod http_to_supervisor;
pub mod http_to_writer;
pub mod matrix_writer_to_writer;
pub mod registrar_to_supervisor;
pub mod session_to_matrix_writer;
pub mod session_to_supervisor;
pub mod session_to_writer;
pub mod supervisor_to_registrar;
pub mod supervisor_to_session;
pub mod supervisor_to_writer;
pub mod writer_to_advisor;
pub mod writer_to_session;
pub mod writer_to_supervisor;
