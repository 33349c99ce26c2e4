// Each image with PROBABILITY without a rectangle, which has a size from a table. x, y: rows × (HEIGHT · WIDTH · CHANNELS);
// sizes: SIZES × 2, heights and widths.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> sizes: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;
override SIZES: u32;
override PROBABILITY: f32;
override VALUE: f32;

// Whether a place along an axis is inside of a rectangle of such a size.
fn is_inside(at: u32, wanted: f32, whole: u32, which: u32) -> bool {
    let size = min(u32(wanted), whole);
    let start = below(which, whole - size + 1u);
    return at >= start && at < start + size;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= batch.rows * HEIGHT * WIDTH * CHANNELS {
        return;
    }
    let pixel = i / CHANNELS;
    let which = 4u * (batch.first + pixel / (HEIGHT * WIDTH));
    let chosen = 2u * below(which + 1u, SIZES);
    let is_erased = unit(which) < PROBABILITY
        && is_inside(pixel / WIDTH % HEIGHT, sizes[chosen], HEIGHT, which + 2u)
        && is_inside(pixel % WIDTH, sizes[chosen + 1u], WIDTH, which + 3u);
    y[i] = select(x[i], VALUE, is_erased);
}
