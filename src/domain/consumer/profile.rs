//! What invented people who rate products are like.

use crate::domain::words::words;

words! {
    pub enum Profile {
        Realistic = "realistic",
        Positive = "positive",
        Negative = "negative",
    }
}
