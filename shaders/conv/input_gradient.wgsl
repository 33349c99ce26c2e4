// dx = what each pixel is to the places that see it: dx[pixel][c] = Σ dz[place][f] · W[(ky, kx, c)][f] over the taps (ky, kx) for
// which pixel + padding = stride · place + dilation · (ky, kx). Pixels are sorted by phase, (y + TOP) % STRIDE_Y and the same of x:
// those of one phase have the same taps, so no multiplication is by a zero that stands between places. Stride or dilation is 1.
// dx comes from a file conv/dx_…, dz and W from conv/z_and_w_…, the epilogue as that of conv/forward; dense/plain says what else is
// joined. This is the transposed convolution as well: dz and dx are then its input and its output.
override FILTERS: u32;
// Rows of the product for one phase, a whole number of tiles.
override PHASE: u32;
// Room in the inner dimension for the taps of one phase: k counts from phase · STEP on, so that k tells the phase.
override STEP: u32;

struct Pixel {
    sample: u32,
    y: u32,
    x: u32,
    phase: u32,
    there: bool,
}

// Rows and columns of pixels of a phase, at most.
fn high() -> u32 { return (HEIGHT + STRIDE_Y - 1u) / STRIDE_Y; }
fn broad() -> u32 { return (WIDTH + STRIDE_X - 1u) / STRIDE_X; }

// The first row and the first column of pixels of a phase.
fn first_y(phase: u32) -> u32 { return (phase / STRIDE_X + STRIDE_Y * TOP - TOP) % STRIDE_Y; }
fn first_x(phase: u32) -> u32 { return (phase % STRIDE_X + STRIDE_X * LEFT - LEFT) % STRIDE_X; }

fn pixel(i: u32) -> Pixel {
    let phase = i / PHASE;
    let number = i % PHASE;
    let sample = number / (high() * broad());
    let within = number % (high() * broad());
    let y = within / broad() * STRIDE_Y + first_y(phase);
    let x = within % broad() * STRIDE_X + first_x(phase);
    let there = phase < STRIDE_Y * STRIDE_X && sample < batch.rows && y < HEIGHT && x < WIDTH;
    return Pixel(sample, y, x, phase, there);
}

// The pixel of the same phase after it: comparisons instead of divisions.
fn next_pixel(p: Pixel) -> Pixel {
    let row = p.x + STRIDE_X >= broad() * STRIDE_X;
    let down = select(p.y, p.y + STRIDE_Y, row);
    let x = select(p.x + STRIDE_X, first_x(p.phase), row);
    let image = row && down >= high() * STRIDE_Y;
    let sample = select(p.sample, p.sample + 1u, image);
    let y = select(down, first_y(p.phase), image);
    let there = p.phase < STRIDE_Y * STRIDE_X && sample < batch.rows && y < HEIGHT && x < WIDTH;
    return Pixel(sample, y, x, p.phase, there);
}

// Taps of a phase along each side, and in all.
fn taps_down(phase: u32) -> u32 { return (KERNEL_HEIGHT + STRIDE_Y - 1u - phase / STRIDE_X) / STRIDE_Y; }
fn taps_across(phase: u32) -> u32 { return (KERNEL_WIDTH + STRIDE_X - 1u - phase % STRIDE_X) / STRIDE_X; }
fn taps_of(phase: u32) -> u32 { return taps_down(phase) * taps_across(phase); }

// The place whose tap number t of the pixel's phase sees it.
fn place(p: Pixel, t: u32) -> Seen {
    let across = max(taps_across(p.phase), 1u);
    let y = (p.y + TOP) / STRIDE_Y - t / across * DILATION_Y;
    let x = (p.x + LEFT) / STRIDE_X - t % across * DILATION_X;
    let inside = p.there && y < OUT_HEIGHT && x < OUT_WIDTH;
    return Seen(select(0u, (p.sample * OUT_HEIGHT + y) * OUT_WIDTH + x, inside), inside);
}

// The row of W of tap number t of a phase, for channel 0.
fn tap_row(phase: u32, t: u32) -> u32 {
    let across = max(taps_across(phase), 1u);
    let ky = phase / STRIDE_X + t / across * STRIDE_Y;
    let kx = phase % STRIDE_X + t % across * STRIDE_X;
    return (ky * KERNEL_WIDTH + kx) * CHANNELS;
}

fn rows() -> u32 { return STRIDE_Y * STRIDE_X * PHASE; }
fn inner() -> u32 { return STRIDE_Y * STRIDE_X * STEP; }
fn cols() -> u32 { return CHANNELS; }
fn first(p: Product, i: u32) -> u32 { return i / PHASE * STEP; }

fn last(p: Product, i: u32) -> u32 {
    let phase = i / PHASE;
    return phase * STEP + select(0u, taps_of(phase) * FILTERS, phase < STRIDE_Y * STRIDE_X);
}

fn a(i: u32, k: u32) -> mat4x4<f32> {
    let p0 = pixel(i);
    let p1 = next_pixel(p0);
    let p2 = next_pixel(p1);
    let p3 = next_pixel(p2);
    return mat4x4(z_row(p0, k % STEP), z_row(p1, k % STEP), z_row(p2, k % STEP), z_row(p3, k % STEP));
}

fn b(k: u32, j: u32) -> mat4x4<f32> {
    let phase = k / STEP;
    let at = k % STEP;
    return transpose(
        mat4x4(w_row(phase, at, j), w_row(phase, at, j + 1u), w_row(phase, at, j + 2u), w_row(phase, at, j + 3u)),
    );
}
