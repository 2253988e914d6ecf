//! The 8×8 matrices of the time-of-flight sensor, as integers.

/// Rows and columns of the sensor.
pub const SIDE: usize = 8;
pub const CELLS: usize = SIDE * SIDE;

/// One quantity over the tray, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix([i16; CELLS]);

/// A measured quantity, with the largest value that the sensor can report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// mm.
    Distance,
    Reflectance,
    Amplitude,
    Status,
    Ambient,
}

impl Quantity {
    const fn largest(self) -> f64 {
        match self {
            Quantity::Distance => 4_000.0,
            Quantity::Amplitude | Quantity::Ambient => 4_095.0,
            Quantity::Reflectance | Quantity::Status => 255.0,
        }
    }
}

impl Matrix {
    /// Rounds half to even and clamps to the sensor's range. The values must be finite.
    pub fn of(quantity: Quantity, cells: &[f64; CELLS]) -> Self {
        Matrix(cells.map(|cell| cell.round_ties_even().clamp(0.0, quantity.largest()) as i16))
    }

    pub fn rows(&self) -> impl Iterator<Item = &[i16]> {
        self.0.chunks(SIDE)
    }

    /// Mean and population standard deviation of the cells.
    pub fn mean_and_deviation(&self) -> (f64, f64) {
        let cells = || self.0.iter().map(|cell| f64::from(*cell));
        let mean = cells().sum::<f64>() / CELLS as f64;
        let variance = cells().map(|cell| (cell - mean).powi(2)).sum::<f64>() / CELLS as f64;
        (mean, variance.sqrt())
    }

    /// Two bytes per cell, big-endian, row by row: the stored format.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|cell| cell.to_be_bytes()).collect()
    }

    /// `None` if the bytes are not a matrix.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let cells: Vec<i16> = pairs.iter().map(|pair| i16::from_be_bytes(*pair)).collect();
        rest.is_empty()
            .then_some(cells)
            .and_then(|cells| cells.try_into().ok())
            .map(Matrix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_to_the_even_neighbour_and_values_stay_within_the_sensor() {
        let mut cells = [0.0; CELLS];
        cells[..6].copy_from_slice(&[0.5, 1.5, 2.5, -3.0, 254.6, 900.0]);
        let matrix = Matrix::of(Quantity::Reflectance, &cells);
        assert_eq!(matrix.rows().next().unwrap(), [0, 2, 2, 0, 255, 255, 0, 0]);
    }

    proptest! {
        #[test]
        fn a_matrix_comes_back_from_its_bytes(cells in prop::collection::vec(-100.0..9_000.0f64, CELLS)) {
            let matrix = Matrix::of(Quantity::Distance, &cells.try_into().unwrap());
            let bytes = matrix.to_bytes();
            prop_assert_eq!(bytes.len(), 128);
            prop_assert_eq!(Matrix::from_bytes(&bytes), Some(matrix));
            prop_assert_eq!(Matrix::from_bytes(&bytes[1..]), None);
        }
    }
}
