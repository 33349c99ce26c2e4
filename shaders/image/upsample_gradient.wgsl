// dx = the gradients of the places that have a share of a pixel, times the share; an invocation AT_ONCE channels of a pixel, places
// in their order. tap and reach come from image/nearest or image/bilinear.
@group(0) @binding(0) var<storage, read> dy: array<Kept>;
@group(0) @binding(1) var<storage, read_write> dx: array<Kept>;

// The first place that may have a share of a pixel, and the one behind the last.
fn places_of(pixel: u32, factor: u32, pixels: u32) -> vec2<u32> {
    let first = pixel * factor;
    let behind = first + factor + reach(factor);
    return vec2(first - min(first, reach(factor)), min(behind, pixels * factor));
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = CHANNELS / AT_ONCE;
    if i >= batch.rows * HEIGHT * WIDTH * some {
        return;
    }
    let pixel = pixel_at(i / some, HEIGHT, WIDTH);
    let rows = places_of(pixel.y, FACTOR_Y, HEIGHT);
    let columns = places_of(pixel.x, FACTOR_X, WIDTH);
    var sum = Numbers(0.0);
    for (var row = rows.x; row < rows.y; row++) {
        let down = share(tap(row, FACTOR_Y, HEIGHT), pixel.y);
        for (var column = columns.x; column < columns.y; column++) {
            let part = down * share(tap(column, FACTOR_X, WIDTH), pixel.x);
            if part > 0.0 {
                let place = (pixel.sample * OUT_HEIGHT + row) * OUT_WIDTH + column;
                sum += part * numbers(dy[place * some + i % some]);
            }
        }
    }
    dx[i] = kept(sum);
}
