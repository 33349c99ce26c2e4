//! The names of the lines, in rows above a chart.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::canvas::{Area, Drawn, PX};
use super::text::{GREY, SMALL, fit, style, width};

/// Height of a row of names.
const ROW: i32 = 26 * PX;
/// Length of the piece of line before a name.
const SWATCH: i32 = 26 * PX;
/// Room between that piece and the name, and a third of the room between names.
const GAP: i32 = 8 * PX;

/// A name with its colour and place.
struct Entry {
    name: String,
    color: RGBColor,
    left: i32,
    row: i32,
}

/// Names laid out in as many rows as they need.
pub(super) struct Legend(Vec<Entry>);

impl Legend {
    /// Lays the names out in rows of `room` units.
    pub fn new<'a>(lines: impl Iterator<Item = (&'a str, RGBColor)>, room: i32) -> Self {
        let (mut left, mut row) = (0, 0);
        let place = |(name, color): (&str, RGBColor)| {
            let name = fit(name, SMALL, room - SWATCH - GAP);
            let taken = SWATCH + GAP + width(&name, SMALL);
            if left > 0 && left + taken > room {
                (left, row) = (0, row + 1);
            }
            let entry = Entry { name, color, left, row };
            left += taken + 3 * GAP;
            entry
        };
        Self(lines.map(place).collect())
    }

    /// Height of all rows.
    pub fn height(&self) -> i32 {
        self.0.last().map_or(0, |entry| (entry.row + 1) * ROW)
    }

    /// Draws the rows from the corner at `left` and `top`.
    pub fn draw(&self, area: &Area, (left, top): (i32, i32)) -> Drawn {
        self.0.iter().try_for_each(|entry| {
            let (x, y) = (left + entry.left, top + entry.row * ROW + ROW / 2);
            area.draw(&PathElement::new(
                vec![(x, y), (x + SWATCH, y)],
                entry.color.stroke_width(3 * PX as u32),
            ))?;
            area.draw_text(&entry.name, &style(SMALL, GREY, HPos::Left), (x + SWATCH + GAP, y))
        })
    }
}
