// y = larger images, each place with its shares of up to four pixels; an invocation AT_ONCE channels of a place. tap comes from
// image/nearest or image/bilinear.
@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read_write> y: array<Kept>;

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
    let rows = tap(place.y, FACTOR_Y, HEIGHT);
    let columns = tap(place.x, FACTOR_X, WIDTH);
    var sum = Numbers(0.0);
    for (var corner = 0u; corner < 4u; corner++) {
        let row = rows.first + corner / 2u;
        let column = columns.first + corner % 2u;
        let part = share(rows, row) * share(columns, column);
        if part > 0.0 {
            sum += part * numbers(x[((place.sample * HEIGHT + row) * WIDTH + column) * some + i % some]);
        }
    }
    y[i] = kept(sum);
}
