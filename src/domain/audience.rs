//! Whom a publication concerns, and the filters that a screen may set.

use super::site::Site;
use std::str::FromStr;

/// What a publication is about; filters are held against it.
#[derive(Debug, Clone, PartialEq)]
pub enum Audience {
    Gavage {
        site: Site,
        code_lot: String,
        gaveur_id: i32,
    },
    /// Aggregates over the sites' gavage.
    Sites,
}

/// Grade of a foie, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    APlus,
    A,
    B,
    C,
    Reject,
}

/// The text is no grade.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of A+, A, B, C, REJECT")]
pub struct UnknownGrade;

impl FromStr for Grade {
    type Err = UnknownGrade;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "A+" => Ok(Grade::APlus),
            "A" => Ok(Grade::A),
            "B" => Ok(Grade::B),
            "C" => Ok(Grade::C),
            "REJECT" => Ok(Grade::Reject),
            _ => Err(UnknownGrade),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    Sqal,
    Gavage,
}

/// A screen's filters, all of which must hold. The default lets everything through.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Quality station; says nothing about gavage.
    pub device_id: Option<String>,
    pub site_code: Option<Site>,
    /// Worst grade that still passes; says nothing about gavage.
    pub min_grade: Option<Grade>,
    pub only: Option<Only>,
    pub code_lot: Option<String>,
    pub gaveur_id: Option<i32>,
}

impl Filter {
    pub fn lets_through(&self, audience: &Audience) -> bool {
        if self.only == Some(Only::Sqal) {
            return false;
        }
        match audience {
            Audience::Sites => true,
            Audience::Gavage {
                site,
                code_lot,
                gaveur_id,
            } => {
                self.site_code.is_none_or(|wanted| wanted == *site)
                    && self
                        .code_lot
                        .as_ref()
                        .is_none_or(|wanted| wanted == code_lot)
                    && self.gaveur_id.is_none_or(|wanted| wanted == *gaveur_id)
            }
        }
    }
}
