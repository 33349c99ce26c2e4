// Blocks of the patches of x for one channel and taps side by side: a row of the kernel is filled up to fours, so that four taps
// are neighbours in one row of pixels, and four places that are neighbours share most of them.
@group(0) @binding(0) var<storage, read> x: array<f32>;

fn row_taps() -> u32 { return (KERNEL_WIDTH + 3u) / 4u * 4u; }
fn filled_taps() -> u32 { return KERNEL_HEIGHT * row_taps(); }
fn tap_of(k: u32) -> u32 { return k / row_taps() * KERNEL_WIDTH + min(k % row_taps(), KERNEL_WIDTH - 1u); }
fn is_tap(k: u32) -> bool { return k % row_taps() < KERNEL_WIDTH; }

// A row of pixels that a row of taps lies in, and the column of the first of four.
struct Row {
    start: u32,
    inside: bool,
    column: u32,
}

fn row_at(p: Place, k: u32) -> Row {
    let y = p.y * STRIDE_Y + k / row_taps() * DILATION_Y - TOP;
    let inside = p.sample < batch.rows && y < HEIGHT && k < filled_taps();
    return Row((p.sample * HEIGHT + y) * WIDTH, inside, p.x * STRIDE_X + k % row_taps() - LEFT);
}

fn pixel_at(row: Row, offset: u32) -> f32 {
    let column = row.column + offset;
    let there = row.inside && column < WIDTH;
    return select(0.0, x[select(0u, row.start + column, there)], there);
}

fn pixels_from(row: Row) -> vec4<f32> {
    return vec4(pixel_at(row, 0u), pixel_at(row, 1u), pixel_at(row, 2u), pixel_at(row, 3u));
}

fn taps_only(k: u32, v: vec4<f32>) -> vec4<f32> {
    let kx = k % row_taps();
    return select(vec4<f32>(), v, vec4(kx, kx + 1u, kx + 2u, kx + 3u) < vec4(KERNEL_WIDTH));
}

fn patch_row(p: Place, k: u32) -> vec4<f32> { return taps_only(k, pixels_from(row_at(p, k))); }

fn patch_block(place: u32, k: u32) -> mat4x4<f32> {
    let p0 = place_at(place);
    if STRIDE_X == 1u && OUT_WIDTH % 4u == 0u {
        let row = row_at(p0, k);
        let low = pixels_from(row);
        let high = vec3(pixel_at(row, 4u), pixel_at(row, 5u), pixel_at(row, 6u));
        return mat4x4(
            taps_only(k, low),
            taps_only(k, vec4(low.yzw, high.x)),
            taps_only(k, vec4(low.zw, high.xy)),
            taps_only(k, vec4(low.w, high)),
        );
    }
    let p1 = next_place(p0);
    let p2 = next_place(p1);
    let p3 = next_place(p2);
    return mat4x4(patch_row(p0, k), patch_row(p1, k), patch_row(p2, k), patch_row(p3, k));
}
