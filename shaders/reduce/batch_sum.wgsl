// y = Σ x over all rows of the batch; a workgroup adds up WIDTH columns, each by every eighth invocation, in a fixed order.
// tree comes from lanes/tree. x: rows × COLS; y: 1 × COLS.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COLS: u32;
const WIDTH = 8u;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let column = (group.y * groups.x + group.x) * WIDTH + local % WIDTH;
    var part = 0.0;
    if column < COLS {
        for (var row = local / WIDTH; row < live_rows(); row += 64u / WIDTH) {
            part += x[row * COLS + column];
        }
    }
    let sum = tree(part, local, WIDTH);
    if local < WIDTH && column < COLS {
        y[column] = sum;
    }
}
