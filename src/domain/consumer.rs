//! Products, what consumers say of them, and what that tells.

pub mod address;
pub mod code;
pub mod correlation;
pub mod figures;
pub mod labelling;
pub mod profile;
pub mod rating;
