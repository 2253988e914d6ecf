//! What the writers have not committed yet.

use std::{fmt, iter::Sum};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unwritten {
    pub readings: usize,
    pub samples: usize,
}

impl Unwritten {
    pub fn is_empty(self) -> bool {
        self == Unwritten::default()
    }
}

impl Sum for Unwritten {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Unwritten::default(), |sum, more| Unwritten {
            readings: sum.readings + more.readings,
            samples: sum.samples + more.samples,
        })
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.readings, self.samples) {
            (readings, 0) => write!(f, "{readings} readings"),
            (0, samples) => write!(f, "{samples} samples"),
            (readings, samples) => write!(f, "{readings} readings and {samples} samples"),
        }
    }
}
