// The gradient of images before their transforms; one invocation a channel of an image, so that sums have one order.
// dy, dx: rows × (HEIGHT · WIDTH · CHANNELS).
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= batch.rows * CHANNELS {
        return;
    }
    let sample = i / CHANNELS;
    let start = sample * HEIGHT * WIDTH * CHANNELS + i % CHANNELS;
    for (var pixel = 0u; pixel < HEIGHT * WIDTH; pixel++) {
        dx[start + pixel * CHANNELS] = 0.0;
    }
    for (var pixel = 0u; pixel < HEIGHT * WIDTH; pixel++) {
        let at = source(sample, pixel / WIDTH, pixel % WIDTH);
        for (var tap = 0; tap < 4; tap++) {
            let corner = vec2<i32>(tap & 1, tap >> 1u);
            let share = weight(at.x, corner.x) * weight(at.y, corner.y);
            let to = place(sample, (at >> vec2<u32>(12u)) + corner, i % CHANNELS);
            if share > 0.0 && to != 0xffffffffu {
                dx[to] += share * dy[start + pixel * CHANNELS];
            }
        }
    }
}
