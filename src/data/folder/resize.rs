//! Images of another size.

use super::decode::Picture;

/// The pixels that one is made of: the first, and the weight of each.
type Window = (usize, Vec<f64>);

/// The same image with so many rows and columns.
pub(super) fn to(picture: Picture, size: [usize; 2], channels: usize) -> Picture {
    if picture.size == size {
        return picture;
    }
    let wide = along(&picture.pixels, channels, &windows(picture.size[1], size[1]), picture.size[1]);
    let numbers = along(&wide, channels * size[1], &windows(picture.size[0], size[0]), picture.size[0]);
    Picture { pixels: numbers.iter().map(|number| number.round() as u8).collect(), size }
}

/// Sums over the middle axis of outer × `length` × `inner` numbers.
fn along<T: Copy + Into<f64>>(numbers: &[T], inner: usize, windows: &[Window], length: usize) -> Vec<f64> {
    let mut sums = vec![0.0; numbers.len() / length * windows.len()];
    let lines = numbers.chunks_exact(inner * length);
    for (line, sums) in lines.zip(sums.chunks_exact_mut(inner * windows.len())) {
        for ((first, weights), sums) in windows.iter().zip(sums.chunks_exact_mut(inner)) {
            let parts = line[first * inner..].chunks_exact(inner);
            for (part, weight) in parts.zip(weights) {
                part.iter().zip(&mut *sums).for_each(|(number, sum)| *sum += (*number).into() * weight);
            }
        }
    }
    sums
}

/// Triangles around the places where the new pixels lie among the old ones; wider where there are fewer new ones.
fn windows(from: usize, to: usize) -> Vec<Window> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    let window = |at: usize| {
        let center = (at as f64 + 0.5) * scale;
        // As Pillow rounds them; pixels beyond the image have no weight.
        let first = (center - reach + 0.5).max(0.0) as usize;
        let end = ((center + reach + 0.5) as usize).min(from);
        let weights = (first..end).map(|place| 1.0 - ((place as f64 + 0.5 - center) / reach).abs());
        let weights: Vec<f64> = weights.map(|weight| weight.max(0.0)).collect();
        let sum: f64 = weights.iter().sum();
        (first, weights.iter().map(|weight| weight / sum).collect())
    };
    (0..to).map(window).collect()
}
