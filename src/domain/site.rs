//! The cooperative's three sites.

use super::words::words;

words! {
    /// A production site, identified everywhere by its two-letter code.
    pub enum Site in any case {
        /// Bretagne (Lantic).
        Ll = "LL",
        /// Pays de la Loire (La Séguinière).
        Ls = "LS",
        /// Maubourguet (Occitanie).
        Mt = "MT",
    }
}

impl Site {
    /// Town of the site.
    pub const fn nom(self) -> &'static str {
        match self {
            Site::Ll => "Lantic",
            Site::Ls => "La Séguinière",
            Site::Mt => "Maubourguet",
        }
    }

    pub const fn region(self) -> &'static str {
        match self {
            Site::Ll => "Bretagne",
            Site::Ls => "Pays de la Loire",
            Site::Mt => "Occitanie",
        }
    }
}
