//! Numbers that tests and `record.py` draw alike.

use ndarray::Array2;

/// The generator of `record.py`: Numerical Recipes' one.
pub struct Draws(pub u32);

impl Draws {
    /// Numbers from -1 to 1.
    pub fn matrix(&mut self, rows: usize, cols: usize) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, cols), || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (-1.0 + 2.0 * f64::from(self.0 >> 8) / f64::from(1 << 24)) as f32
        })
    }
}
