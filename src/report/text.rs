//! Text whose width is estimated, as no font is at hand when an SVG is written.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{Area, Drawn, MARGIN, PX};

/// Size of tick labels, legends and counts in units of the drawing.
pub(super) const SMALL: f64 = 14.0 * PX as f64;
/// Size of axis titles.
pub(super) const MEDIUM: f64 = 15.0 * PX as f64;
/// Size of a picture's title.
pub(super) const LARGE: f64 = 20.0 * PX as f64;

/// Where the middle of the title is, below the upper edge.
const TITLE_MIDDLE: i32 = 36 * PX;

/// Nearly black, for titles.
pub(super) const DARK: RGBColor = RGBColor(34, 34, 34);
/// Grey that is still easy to read on white, for labels.
pub(super) const GREY: RGBColor = RGBColor(85, 85, 85);

/// Plotters writes its font sizes divided by this into an SVG.
const PLOTTERS_SCALE: f64 = 1.24;

/// Sans-serif text `size` units tall, anchored at its left or right end or its middle, centred vertically.
pub(super) fn style(size: f64, color: RGBColor, anchor: HPos) -> TextStyle<'static> {
    FontDesc::new(FontFamily::SansSerif, size * PLOTTERS_SCALE, FontStyle::Normal)
        .color(&color)
        .pos(Pos::new(anchor, VPos::Center))
}

/// Writes a picture's title into its upper left corner.
pub(super) fn draw_title(area: &Area, title: &str) -> Drawn {
    area.draw_text(title, &style(LARGE, DARK, HPos::Left), (MARGIN, TITLE_MIDDLE))
}

/// Units that `text` takes at most in the usual sans-serif fonts.
pub(super) fn width(text: &str, size: f64) -> i32 {
    (text.chars().map(em).sum::<f64>() * size).ceil() as i32
}

/// The width of a letter in units of the font size, about as in DejaVu Sans, which is wider than most fonts.
fn em(letter: char) -> f64 {
    match letter {
        'W' | 'M' | 'm' | '@' | '%' => 1.0,
        'w' | '+' | '=' | '<' | '>' | '&' | '#' | '~' | '^' => 0.84,
        'A'..='Z' => 0.79,
        ' ' | 'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '/' | '-' | '(' | ')' => 0.42,
        _ if letter.is_ascii() => 0.65,
        _ => 1.0,
    }
}

/// `text` with spaces in the place of what XML does not allow in a line.
pub(super) fn on_one_line(text: &str) -> String {
    text.chars().map(|letter| if drawable(letter) { letter } else { ' ' }).collect()
}

/// `text` on one line of at most `limit` units, shortened with "…" where it is longer.
pub(super) fn fit(text: &str, size: f64, limit: i32) -> String {
    let line = on_one_line(text);
    if width(&line, size) <= limit {
        return line;
    }
    let mut room = f64::from(limit) / size - em('…');
    let kept = line.chars().take_while(|&letter| {
        room -= em(letter);
        room >= 0.0
    });
    kept.chain(['…']).collect()
}

/// Whether XML allows the character in a line of text.
fn drawable(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{FFFE}' | '\u{FFFF}')
}
