//! The frames of the wire, shared by the server and the simulators.

pub mod alerts;
pub mod courbe;
pub mod etape;
pub mod filters;
pub mod frames;
pub mod gavage;
pub mod input;
pub mod lenient;
pub mod lot;
pub mod panel;
pub mod saisie;
pub mod sensors;
