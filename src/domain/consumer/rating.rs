//! What a consumer says of a product.

use super::address::AddressDigests;
use crate::domain::{lot::LotId, quality::Grade, site::Site, words::words};
use jiff::{Timestamp, civil::Date};

words! {
    /// Where a product was eaten.
    pub enum Context {
        Home = "home",
        Restaurant = "restaurant",
        SpecialEvent = "special_event",
        Gift = "gift",
    }
}

words! {
    /// What may be rated beside the whole.
    pub enum Aspect {
        Texture = "texture",
        Flavor = "flavor",
        Color = "color",
        Aroma = "aroma",
        Freshness = "freshness",
    }
}

/// Characters of the longest comment.
pub const LONGEST_COMMENT: usize = 1_000;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rating {
    /// 1–5.
    pub overall: i32,
    /// 1–5 each, in the order of [`Aspect::ALL`].
    pub aspects: [Option<i32>; Aspect::ALL.len()],
    pub comment: Option<String>,
    pub context: Option<Context>,
    pub consumed_on: Option<Date>,
    pub would_recommend: Option<bool>,
    /// 1–5.
    pub repurchase_intent: Option<i32>,
}

/// A rating with whatever tells it from others.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRating {
    pub product_id: String,
    pub rating: Rating,
    pub address: AddressDigests,
    /// Digest of the receipt, by which a repeated transaction knows its own rating.
    pub receipt: Vec<u8>,
}

/// A stored rating, and what its lot has now.
#[derive(Debug, Clone, PartialEq)]
pub struct Rated {
    pub feedback_id: i64,
    pub product_id: String,
    pub lot_id: LotId,
    pub code_lot: String,
    pub site: Site,
    pub gaveur_id: i32,
    pub overall: i32,
    pub grade: Option<Grade>,
    /// Ratings of the lot of this kind, real or simulated.
    pub n_lot: i64,
    pub somme_lot: i64,
    pub simule: bool,
}

/// Why a rating was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRated {
    /// This address has rated the product; it may again from this time on.
    Again(Timestamp),
    /// The product was taken off the market.
    Retired,
    /// There is no such product.
    Unknown,
}
