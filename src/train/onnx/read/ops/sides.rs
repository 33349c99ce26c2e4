//! Images of other sides.

use super::conv::Images;
use super::{Builder, MOST_PIXELS, Node};
use crate::nn::layers::{Interpolation, Upsample, ZeroPad2d};
use crate::train::onnx::read::order::Order;

/// Zeros around images, whichever axis their channels are.
pub(super) fn pad<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let x = net.value(node, 0)?;
    let value = if node.input(2).is_some() { net.file.real(node, 2) } else { Some(node.real("value", 0.0)) };
    if node.text("mode", "constant") != "constant" || value != Some(0.0) || node.input(3).is_some() {
        return Err("puts something else than zeros around images, or along axes that it names".into());
    }
    let pads = net.file.integers(node, "pads", 1).ok_or("has pads that are no constant")?;
    let rank = x.shape.len() + 1;
    let pads = pads.iter().map(|pixels| usize::try_from(*pixels).ok().filter(|pixels| *pixels < MOST_PIXELS));
    let pads = pads.collect::<Option<Vec<_>>>().filter(|pads| pads.len() == 2 * rank && rank <= 4);
    let pads = pads
        .ok_or_else(|| format!("cuts samples of shape {:?}, or has no pads for all their axes", x.shape))?;
    // Of the axes of a sample, those with pads are the sides.
    let around: Vec<[usize; 2]> = (0..rank).map(|axis| [pads[axis], pads[axis + rank]]).collect();
    if x.shape.len() != 3 {
        return Err(format!("puts zeros around samples of shape {:?}; images are read", x.shape));
    }
    // Channels come first or last, and have no pads.
    let bare = [0, 2].into_iter().filter(|axis| around[axis + 1] == [0; 2]);
    let bare: Vec<usize> = bare.filter(|_| around[0] == [0; 2]).collect();
    let first_is_last = x.order == Order::of(&x.shape, &[1, 2, 0]);
    let channels = if first_is_last { bare.first() } else { bare.last() };
    let channels = *channels.ok_or("puts zeros around samples or channels")?;
    let (input, axes) = net.with_last(&x, channels)?;
    let (down, across) = (axes[0], axes[1]);
    let [[above, below], [left, right]] = [around[down + 1], around[across + 1]];
    let made = net.layer(node, Box::new(ZeroPad2d::new([above, left, below, right])), &[input])?;
    let shape = x.shape.iter().zip(&around[1..]).map(|(size, pads)| size + pads[0] + pads[1]).collect();
    net.made(node, made, shape, &axes);
    Ok(())
}

/// Scales are an attribute of set 7, an input of `Upsample` in set 9, and since set 11 one of `Resize` behind another.
pub(super) fn larger<'a>(net: &mut Builder<'a>, node: &Node<'a>) -> Result<(), String> {
    let images = Images::read(net, node)?;
    let at = if node.op == "Resize" && net.file.operators > 10 { 2 } else { 1 };
    let [height, width] = images.sides;
    let named = |at| {
        node.input(at).and_then(|name| net.file.constants.get(name)).filter(|some| some.numbers.len() > 0)
    };
    let scales = named(at).and_then(|scales| scales.reals()).map(<[f32]>::to_vec);
    let scales = scales.or(node.setting("scales").map(|setting| setting.reals.clone()));
    let sizes = named(3).and_then(|sizes| sizes.as_integers()).map(|sizes| sizes.to_vec());
    let factor = match (scales.as_deref(), sizes.as_deref(), images.is_row) {
        (Some([1.0, 1.0, down, across]), None, false) => [whole(*down), whole(*across)],
        (Some([1.0, 1.0, across]), None, true) => [Some(1), whole(*across)],
        (None, Some([_, _, down, across]), false) => [times(*down, height), times(*across, width)],
        (None, Some([_, _, across]), true) => [Some(1), times(*across, width)],
        _ => [None; 2],
    };
    let [Some(down), Some(across)] = factor else {
        return Err("makes images larger by no whole factor along each side".into());
    };
    let interpolation = interpolation(net, node)?;
    let layer = Upsample::new([down, across]).interpolation(interpolation);
    let made = net.layer(node, Box::new(layer), &[images.node])?;
    images.keep(net, node, made)
}

fn whole(scale: f32) -> Option<usize> {
    (scale >= 1.0 && scale.fract() == 0.0 && scale < MOST_PIXELS as f32).then_some(scale as usize)
}

fn times(size: i64, of: usize) -> Option<usize> {
    let size = usize::try_from(size).ok()?;
    (size > 0 && size.is_multiple_of(of)).then(|| size / of).filter(|factor| *factor < MOST_PIXELS)
}

/// What stands between pixels; of whole factors, nearest pixels are the same by their corners and by their middles.
fn interpolation(net: &Builder<'_>, node: &Node<'_>) -> Result<Interpolation, String> {
    let is_old = node.op == "Upsample" || net.file.operators <= 10;
    let by = node.text("coordinate_transformation_mode", if is_old { "asymmetric" } else { "half_pixel" });
    let rounds = node.text("nearest_mode", if is_old { "floor" } else { "round_prefer_floor" });
    match (&*node.text("mode", "nearest"), &*by, &*rounds) {
        ("nearest", "asymmetric", "floor") => Ok(Interpolation::Nearest),
        ("nearest", "half_pixel", "round_prefer_floor" | "round_prefer_ceil") => Ok(Interpolation::Nearest),
        ("linear", "half_pixel" | "pytorch_half_pixel", _) => Ok(Interpolation::Bilinear),
        (mode, _, _) => Err(format!(
            "makes images larger by {mode}, {by} and {rounds}; nearest pixels, or linear by half_pixel, are read"
        )),
    }
}
