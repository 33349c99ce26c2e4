// dx where windows lie apart, so that each pixel has one place at most: an invocation takes AT_ONCE channels of a place, and writes all
// pixels from its window's first to the next window's, or to the end of the image. first_largest comes from pool/first_largest,
// finished from pool/sum or pool/slope_….
@group(0) @binding(1) var<storage, read> dy: array<Kept>;
@group(0) @binding(2) var<storage, read_write> dx: array<Kept>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = CHANNELS / AT_ONCE;
    if i >= places() * some {
        return;
    }
    let place = place_at(i / some);
    let first = first_largest(place, i % some).tap;
    let given = numbers(dy[i]);
    // In rows and columns of the image with its padding.
    let top = place.y * STRIDE_Y;
    let left = place.x * STRIDE_X;
    let bottom = select(top + STRIDE_Y, TOP + HEIGHT, place.y + 1u == OUT_HEIGHT);
    let right = select(left + STRIDE_X, LEFT + WIDTH, place.x + 1u == OUT_WIDTH);
    for (var row = max(top, TOP); row < bottom; row++) {
        for (var column = max(left, LEFT); column < right; column++) {
            let number = (row - top) * KERNEL_WIDTH + column - left;
            let tap = select(KERNEL_HEIGHT * KERNEL_WIDTH, number, column - left < KERNEL_WIDTH);
            let pixel = (place.sample * HEIGHT + row - TOP) * WIDTH + column - LEFT;
            let at = pixel * some + i % some;
            dx[at] = finished(at, select(Numbers(0.0), given, first == Bits(tap)));
        }
    }
}
