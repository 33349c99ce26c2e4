// Each image through its transform, with bilinear sampling; outside is FILL. x, y: rows × (HEIGHT · WIDTH · CHANNELS).
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override FILL: f32;

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
    let sample = pixel / (HEIGHT * WIDTH);
    let at = source(sample, pixel / WIDTH % HEIGHT, pixel % WIDTH);
    var sum = 0.0;
    for (var tap = 0; tap < 4; tap++) {
        let corner = vec2<i32>(tap & 1, tap >> 1u);
        let share = weight(at.x, corner.x) * weight(at.y, corner.y);
        if share > 0.0 {
            let from_where = place(sample, (at >> vec2<u32>(12u)) + corner, i % CHANNELS);
            if from_where == 0xffffffffu {
                sum += share * FILL;
            } else {
                sum += share * x[from_where];
            }
        }
    }
    y[i] = sum;
}
