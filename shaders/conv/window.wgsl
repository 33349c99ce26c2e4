// Which pixels the places of an output see. Images are rows of pixels, CHANNELS numbers each. Every size is known when the pipeline
// is made, so that drivers divide by constants.
override HEIGHT: u32;
override WIDTH: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override KERNEL_HEIGHT: u32;
override KERNEL_WIDTH: u32;
override STRIDE_Y: u32;
override STRIDE_X: u32;
override DILATION_Y: u32;
override DILATION_X: u32;
override TOP: u32;
override LEFT: u32;
override CHANNELS: u32;

fn taps() -> u32 { return KERNEL_HEIGHT * KERNEL_WIDTH * CHANNELS; }
fn places() -> u32 { return batch.rows * OUT_HEIGHT * OUT_WIDTH; }

// A pixel's number in the batch, or 0 where there is none.
struct Seen {
    pixel: u32,
    inside: bool,
}

// A place of the output.
struct Place {
    sample: u32,
    y: u32,
    x: u32,
}

fn place_at(i: u32) -> Place {
    let within = i % (OUT_HEIGHT * OUT_WIDTH);
    return Place(i / (OUT_HEIGHT * OUT_WIDTH), within / OUT_WIDTH, within % OUT_WIDTH);
}

// The place after it: two comparisons instead of two divisions.
fn next_place(p: Place) -> Place {
    let row = p.x + 1u == OUT_WIDTH;
    let y = select(p.y, p.y + 1u, row);
    let image = y == OUT_HEIGHT;
    return Place(select(p.sample, p.sample + 1u, image), select(y, 0u, image), select(p.x + 1u, 0u, row));
}

// The pixel that tap (ky, kx) of a place sees. Left of 0 numbers wrap, and are too large.
fn seen(p: Place, ky: u32, kx: u32) -> Seen {
    let y = p.y * STRIDE_Y + ky * DILATION_Y - TOP;
    let x = p.x * STRIDE_X + kx * DILATION_X - LEFT;
    let inside = p.sample < batch.rows && y < HEIGHT && x < WIDTH;
    return Seen(select(0u, (p.sample * HEIGHT + y) * WIDTH + x, inside), inside);
}
