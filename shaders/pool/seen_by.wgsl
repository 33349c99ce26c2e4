// The places that see a pixel, for the gradients of pools.
struct Pixel {
    sample: u32,
    y: u32,
    x: u32,
}

fn pixel_at(i: u32) -> Pixel {
    let within = i % (HEIGHT * WIDTH);
    return Pixel(i / (HEIGHT * WIDTH), within / WIDTH, within % WIDTH);
}

fn pixels() -> u32 { return batch.rows * HEIGHT * WIDTH; }

struct SeenBy {
    place: Place,
    there: bool,
}

// The place whose tap (ky, kx) sees a pixel. Left of 0 numbers wrap, and are too large.
fn seen_by(p: Pixel, ky: u32, kx: u32) -> SeenBy {
    let y = p.y + TOP - ky * DILATION_Y;
    let x = p.x + LEFT - kx * DILATION_X;
    let whole = y % STRIDE_Y == 0u && x % STRIDE_X == 0u;
    let there = whole && y / STRIDE_Y < OUT_HEIGHT && x / STRIDE_X < OUT_WIDTH;
    return SeenBy(Place(p.sample, y / STRIDE_Y, x / STRIDE_X), there);
}

fn number_of(p: Place) -> u32 { return (p.sample * OUT_HEIGHT + p.y) * OUT_WIDTH + p.x; }
