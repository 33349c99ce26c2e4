// Each place is between the middles of two pixels; beyond the last middles there is nothing to be between.
fn tap(place: u32, factor: u32, pixels: u32) -> Tap {
    // In halves of a place, from the middle of the first pixel on.
    let middle = 2u * place + 1u;
    let at = middle - min(middle, factor);
    let first = at / (2u * factor);
    let next = f32(at % (2u * factor)) / f32(2u * factor);
    return Tap(first, select(next, 0.0, first + 1u == pixels));
}

// Places beside those in a pixel that have a share of it.
fn reach(factor: u32) -> u32 { return factor / 2u; }
