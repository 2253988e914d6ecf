//! Livers by their mass.

/// Lower bounds of the classes, g; the first class, below them all, and the last are open.
pub const BOUNDS: [f64; 11] = [
    300.0, 350.0, 400.0, 450.0, 500.0, 550.0, 600.0, 650.0, 700.0, 750.0, 800.0,
];

/// Livers of one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MassClass {
    /// g; `None` for the class below all bounds.
    pub from_g: Option<f64>,
    /// Exclusive, g; `None` for the class above all bounds.
    pub to_g: Option<f64>,
    pub livers: i64,
}

/// Every class between the first and the last that has livers, also those that have none. `counts` are livers by number of the class, from 0.
pub fn classes(counts: &[(usize, i64)]) -> Vec<MassClass> {
    let with = |number: usize| {
        let livers = counts.iter().filter(|(class, _)| *class == number);
        livers.map(|(_, livers)| livers).sum()
    };
    let numbers = counts.iter().map(|(class, _)| *class);
    let Some((first, last)) = numbers.clone().min().zip(numbers.max()) else {
        return Vec::new();
    };
    let class = |number: usize| MassClass {
        from_g: number.checked_sub(1).and_then(|at| BOUNDS.get(at)).copied(),
        to_g: BOUNDS.get(number).copied(),
        livers: with(number),
    };
    (first..=last.min(BOUNDS.len())).map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_livers_between_two_that_have_some_is_not_left_out() {
        let found = classes(&[(4, 3), (6, 1)]);
        let bounds: Vec<_> = found.iter().map(|c| (c.from_g, c.to_g, c.livers)).collect();
        let at = |from: f64, livers| (Some(from), Some(from + 50.0), livers);
        assert_eq!(bounds, [at(450.0, 3), at(500.0, 0), at(550.0, 1)]);
    }

    #[test]
    fn the_lowest_and_the_highest_class_are_open() {
        let found = classes(&[(0, 1), (11, 2)]);
        assert_eq!((found[0].from_g, found[0].to_g), (None, Some(300.0)));
        assert_eq!((found[11].from_g, found[11].to_g), (Some(800.0), None));
        assert!(classes(&[]).is_empty());
    }
}
