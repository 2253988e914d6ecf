//! The two meals of a day.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A meal of the day; morning sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    Matin,
    Soir,
}

impl Moment {
    pub const fn as_str(self) -> &'static str {
        match self {
            Moment::Matin => "matin",
            Moment::Soir => "soir",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is neither `matin` nor `soir`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be \"matin\" or \"soir\"")]
pub struct UnknownMoment;

impl FromStr for Moment {
    type Err = UnknownMoment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Moment::Matin, Moment::Soir]
            .into_iter()
            .find(|moment| moment.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or(UnknownMoment)
    }
}
