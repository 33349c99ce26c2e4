//! How a hand bends and places the form of a digit.

use std::f64::consts::TAU;

use super::dice::Dice;
use super::forms::Point;
use super::pen::SIDE;

/// Line segments that a curve gets between two of its points.
const SEGMENTS: u32 = 8;

/// Waves that add up to the elastic distortion.
const WAVES: usize = 3;

/// One writing: an elastic distortion of the unit square, then an affine map into the image.
///
/// Both kinds follow P. Y. Simard, D. Steinkraus, J. C. Platt, "Best practices for convolutional neural
/// networks applied to visual document analysis" (ICDAR 2003); the smooth field is a sum of plane waves here.
pub(super) struct Hand {
    waves: [Wave; WAVES],
    /// Columns of the 2 × 2 matrix in pixels.
    across: Point,
    down: Point,
    centre: Point,
}

/// A displacement by `amount` · sin(2π(`frequency` · p + `phase`)).
struct Wave {
    amount: Point,
    frequency: Point,
    phase: f64,
}

impl Wave {
    fn new(dice: &mut Dice) -> Self {
        Self {
            amount: (dice.about_zero(0.14), dice.about_zero(0.14)),
            frequency: (dice.between(-1.2, 1.2), dice.between(-1.2, 1.2)),
            phase: dice.between(0.0, 1.0),
        }
    }

    fn at(&self, (x, y): Point) -> Point {
        let height = (TAU * (self.frequency.0 * x + self.frequency.1 * y + self.phase)).sin();
        (self.amount.0 * height, self.amount.1 * height)
    }
}

impl Hand {
    /// A hand with random slant, turn, size, place and distortion.
    pub fn new(dice: &mut Dice) -> Self {
        let (sine, cosine) = dice.about_zero(0.35).sin_cos();
        let slant = dice.between(-0.15, 0.3) + dice.about_zero(0.3);
        let height = dice.between(15.0, 21.0);
        let width = height * dice.between(0.7, 1.15);
        let middle = SIDE as f64 / 2.0;
        Self {
            waves: std::array::from_fn(|_| Wave::new(dice)),
            across: (width * cosine, width * sine),
            down: (-height * (sine + slant * cosine), height * (cosine - slant * sine)),
            centre: (middle + dice.about_zero(3.0), middle + dice.about_zero(3.0)),
        }
    }

    /// The pen's way through a stroke's points, in pixels: a Catmull–Rom spline of short segments.
    pub fn write(&self, stroke: &[Point]) -> Vec<Point> {
        let ends = [stroke.first(), stroke.last()];
        let padded: Vec<Point> =
            ends[0].into_iter().chain(stroke).chain(ends[1]).map(|&point| self.place(point)).collect();
        let mut way: Vec<Point> = padded.windows(4).flat_map(spline_piece).collect();
        way.extend(ends[1].map(|&last| self.place(last)));
        way
    }

    /// Where a point of the unit square comes to lie in the image.
    fn place(&self, point: Point) -> Point {
        let (mut x, mut y) = (point.0 - 0.5, point.1 - 0.5);
        for shift in self.waves.iter().map(|wave| wave.at(point)) {
            (x, y) = (x + shift.0, y + shift.1);
        }
        (
            self.centre.0 + x * self.across.0 + y * self.down.0,
            self.centre.1 + x * self.across.1 + y * self.down.1,
        )
    }
}

/// Points from the second up to the third of four, on a cubic through both.
///
/// E. Catmull, R. Rom, "A class of local interpolating splines" (1974).
fn spline_piece(points: &[Point]) -> Vec<Point> {
    let &[a, b, c, d] = points else { return vec![] };
    let cubic = |a: f64, b: f64, c: f64, d: f64, t: f64| {
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    };
    let at = |t| (cubic(a.0, b.0, c.0, d.0, t), cubic(a.1, b.1, c.1, d.1, t));
    (0..SEGMENTS).map(|step| at(f64::from(step) / f64::from(SEGMENTS))).collect()
}
