//! Tokens of an identity provider (OpenID Connect): who signed one, whether it is meant for this server, and what its bearer may do.

pub mod account;
pub mod answer;
pub mod key_set;
pub mod login;
pub mod logout;
pub mod metadata;
pub mod renewal;
mod ring_provider;
pub mod sealed;
pub mod token;

#[cfg(test)]
mod tests;
