//! The cooperative's five classes of ITM.

use super::words::words;

words! {
    /// `A` is the best: little maize for much liver.
    pub enum ItmClass {
        A = "A",
        B = "B",
        C = "C",
        D = "D",
        E = "E",
    }
}

impl ItmClass {
    /// The class of an ITM, g/g; a bound belongs to the better class.
    pub fn of(itm: f64) -> Self {
        /// Upper bounds of the classes A to D, g/g.
        const BOUNDS: [f64; 4] = [12.5, 14.0, 15.5, 17.0];
        let above = BOUNDS.iter().filter(|bound| itm > **bound).count();
        ItmClass::ALL[above]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_the_better_class() {
        let classes = [12.0, 12.5, 12.51, 14.0, 15.5, 15.51, 17.0, 17.01].map(ItmClass::of);
        let words = classes.map(ItmClass::as_str).concat();
        assert_eq!(words, "AABBCDDE");
    }
}
