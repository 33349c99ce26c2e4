// dW = patches(x)ᵀ · dz for each of PARTS parts of the batch, PART places each, with the sums of dz as a last row if there is a
// bias. A part has SIDE rows of the product: taps and bias up to a whole tile. Patches come from a file conv/x_…, dz and dW from
// conv/z_…; dense/plain says what else is joined.
override FILTERS: u32;
override BIAS: u32;
override PARTS: u32;
override PART: u32;
override SIDE: u32;

fn rows() -> u32 { return PARTS * SIDE; }
fn inner() -> u32 { return places(); }
fn cols() -> u32 { return FILTERS; }
fn first(p: Product, i: u32) -> u32 { return i / SIDE * PART; }
fn last(p: Product, i: u32) -> u32 { return min(i / SIDE * PART + PART, p.inner); }

fn a(i: u32, k: u32) -> mat4x4<f32> {
    let tap = i % SIDE;
    let block = transpose(patch_block(k, tap));
    if BIAS == 1u && tap == filled_taps() / 4u * 4u {
        return with_ones(block);
    }
    return block;
}

// A block with the row of ones that stands behind the taps.
fn with_ones(block: mat4x4<f32>) -> mat4x4<f32> {
    let at = filled_taps() % 4u;
    let ones = vec4(1.0);
    if at == 0u {
        return mat4x4(ones, block[1], block[2], block[3]);
    }
    if at == 1u {
        return mat4x4(block[0], ones, block[2], block[3]);
    }
    if at == 2u {
        return mat4x4(block[0], block[1], ones, block[3]);
    }
    return mat4x4(block[0], block[1], block[2], ones);
}

fn b(k: u32, j: u32) -> mat4x4<f32> {
    return mat4x4(z_row(k, j), z_row(k + 1u, j), z_row(k + 2u, j), z_row(k + 3u, j));
}

// Whether a row of the product is one of dW, and which.
fn is_of_part(i: u32) -> bool {
    let tap = i % SIDE;
    let is_bias = BIAS == 1u && tap == filled_taps();
    return i / SIDE < PARTS && ((tap < filled_taps() && is_tap(tap)) || is_bias);
}

fn row_of_dw(i: u32) -> u32 {
    let tap = i % SIDE;
    return i / SIDE * (taps() + BIAS) + select(tap_of(tap), taps(), tap == filled_taps());
}
