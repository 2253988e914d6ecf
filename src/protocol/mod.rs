//! The frames of the wire, shared by the server and the simulators.

pub mod alerts;
pub mod avis;
pub mod courbe;
pub mod etape;
pub mod filters;
pub mod frames;
pub mod gavage;
pub mod input;
pub mod lenient;
pub mod lot;
pub mod panel;
pub mod produit;
pub mod recommandation;
pub mod saisie;
pub mod sensors;
