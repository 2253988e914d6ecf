//! The two meals of a day.

use super::words::words;

words! {
    /// A meal of the day; morning sorts first.
    pub enum Moment in any case {
        Matin = "matin",
        Soir = "soir",
    }
}
