//! Colours for shares between 0 and 1: one hue from pale to dark, so that lightness alone tells them apart.

use plotters::style::RGBColor;

const PALE: RGBColor = RGBColor(240, 245, 250);
const BLUE: RGBColor = RGBColor(74, 144, 200);
const NAVY: RGBColor = RGBColor(8, 40, 96);

/// Where a share stands on the scale, from 0 to 1: its square root, so that 1 % is seen beside 99 %.
pub(super) fn height(share: f64) -> f64 {
    share.sqrt()
}

/// The colour at a height of the scale.
pub(super) fn color(height: f64) -> RGBColor {
    if height < 0.5 { blend(PALE, BLUE, 2.0 * height) } else { blend(BLUE, NAVY, 2.0 * height - 1.0) }
}

/// Black or white, whichever is read more easily on `background`.
pub(super) fn ink(background: RGBColor) -> RGBColor {
    let (black, white) = (RGBColor(0, 0, 0), RGBColor(255, 255, 255));
    if contrast(black, background) > contrast(white, background) { black } else { white }
}

/// The colour at `share` of the way from one to another.
pub(super) fn blend(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// The contrast ratio of two colours, 1 to 21, as in the Web Content Accessibility Guidelines 2.1.
fn contrast(one: RGBColor, other: RGBColor) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance, 0 to 1, of a colour in sRGB.
fn luminance(RGBColor(red, green, blue): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ink_can_be_read_on_every_colour() {
        for step in 0..=100 {
            let background = color(f64::from(step) / 100.0);
            let ratio = contrast(ink(background), background);
            assert!(ratio >= 4.5, "contrast {ratio} at {step} %");
        }
    }

    #[test]
    fn a_larger_share_is_always_darker() {
        let luminances: Vec<f64> = (0..=100).map(|step| luminance(color(f64::from(step) / 100.0))).collect();
        assert!(luminances.is_sorted_by(|lighter, darker| lighter > darker));
    }

    #[test]
    fn contrast_of_black_and_white_is_21() {
        assert!((contrast(RGBColor(0, 0, 0), RGBColor(255, 255, 255)) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn one_mistake_in_a_hundred_is_told_from_none() {
        assert!(contrast(color(height(0.0)), color(height(0.01))) > 1.1);
    }
}
