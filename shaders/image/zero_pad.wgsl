// y = x with rows and columns of zeros around it, or with fewer of its own where their numbers are negative; an invocation AT_ONCE
// channels of a pixel of y.
@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read_write> y: array<Kept>;

override ABOVE: i32;
override ON_THE_LEFT: i32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = CHANNELS / AT_ONCE;
    if i >= batch.rows * OUT_HEIGHT * OUT_WIDTH * some {
        return;
    }
    let place = pixel_at(i / some, OUT_HEIGHT, OUT_WIDTH);
    // Numbers under 0 wrap, and are too large.
    let row = u32(i32(place.y) - ABOVE);
    let column = u32(i32(place.x) - ON_THE_LEFT);
    if row < HEIGHT && column < WIDTH {
        y[i] = x[((place.sample * HEIGHT + row) * WIDTH + column) * some + i % some];
    } else {
        y[i] = kept(Numbers(0.0));
    }
}
