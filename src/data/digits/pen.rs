//! Ink on paper: strokes become grey pixels.

use super::dice::Dice;
use super::forms::Point;

/// Rows and columns of an image.
pub(super) const SIDE: usize = 28;

/// How a pen inks.
pub(super) struct Pen {
    /// Half the width of a line, in pixels.
    radius: f64,
    /// Pixels over which a line's edge fades.
    softness: f64,
    /// Ink in the middle of a line, 0 to 1.
    strength: f64,
    /// How much the ink varies from pixel to pixel, 0 to 1.
    grain: f64,
}

impl Pen {
    /// A pen of random width and ink.
    pub fn new(dice: &mut Dice) -> Self {
        Self {
            radius: dice.between(0.75, 1.7),
            softness: dice.between(0.9, 1.7),
            strength: dice.between(0.8, 1.1),
            grain: dice.between(0.0, 0.2),
        }
    }
}

/// A sheet being written on with one pen.
pub(super) struct Canvas {
    pen: Pen,
    /// How much of each pixel is covered, 0 to 1.
    coverage: [[f64; SIDE]; SIDE],
}

impl Canvas {
    /// An empty sheet.
    pub fn new(pen: Pen) -> Self {
        Self { pen, coverage: [[0.0; SIDE]; SIDE] }
    }

    /// Draws the segments between the points, given in pixels.
    pub fn stroke(&mut self, way: &[Point]) {
        for ends in way.windows(2) {
            if let &[from, to] = ends {
                self.segment(from, to);
            }
        }
    }

    /// Covers each pixel near the segment by how deep its centre lies within the line.
    fn segment(&mut self, from: Point, to: Point) {
        let reach = self.pen.radius + self.pen.softness / 2.0;
        let (rows, columns) = (pixels(from.1, to.1, reach), pixels(from.0, to.0, reach));
        for (y, row) in self.coverage.iter_mut().enumerate().take(rows.1).skip(rows.0) {
            for (x, cell) in row.iter_mut().enumerate().take(columns.1).skip(columns.0) {
                let distance = distance((x as f64 + 0.5, y as f64 + 0.5), from, to);
                *cell = cell.max(((reach - distance) / self.pen.softness).min(1.0));
            }
        }
    }

    /// Writes the inked pixels to `image`, 0 for paper and 255 for full ink.
    pub fn develop(&self, image: &mut [u8], dice: &mut Dice) {
        for (pixel, covered) in image.iter_mut().zip(self.coverage.as_flattened()) {
            let ink = covered * self.pen.strength * (1.0 + dice.about_zero(self.pen.grain));
            *pixel = (255.0 * ink.clamp(0.0, 1.0)).round() as u8;
        }
    }
}

/// The pixels, first and one past the last, whose centres may lie within `reach` of a span.
fn pixels(a: f64, b: f64, reach: f64) -> (usize, usize) {
    let limit = |edge: f64| edge.clamp(0.0, SIDE as f64) as usize;
    (limit((a.min(b) - reach).floor()), limit((a.max(b) + reach).ceil()))
}

/// The distance of a point from a segment.
fn distance(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (px, py) = (point.0 - from.0, point.1 - from.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (ex, ey) = (px - along * dx, py - along * dy);
    (ex * ex + ey * ey).sqrt()
}
