//! The cooperative's three sites.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A production site, identified everywhere by its two-letter code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Site {
    /// Bretagne (Lantic).
    Ll,
    /// Pays de la Loire (La Séguinière).
    Ls,
    /// Maubourguet (Occitanie).
    Mt,
}

impl Site {
    pub const ALL: [Site; 3] = [Site::Ll, Site::Ls, Site::Mt];

    pub const fn code(self) -> &'static str {
        match self {
            Site::Ll => "LL",
            Site::Ls => "LS",
            Site::Mt => "MT",
        }
    }

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

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is not one of `LL`, `LS`, `MT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of LL, LS, MT")]
pub struct UnknownSite;

impl FromStr for Site {
    type Err = UnknownSite;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Site::ALL
            .into_iter()
            .find(|site| site.code().eq_ignore_ascii_case(text.trim()))
            .ok_or(UnknownSite)
    }
}
