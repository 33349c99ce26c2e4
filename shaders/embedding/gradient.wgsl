// gradient[r] = Σ dy[i] over all i with ids[i] = r, in their order; one invocation an element of the gradient.
// ids: rows · IDS; dy: (rows · IDS) × COLS, of the batch's rows; gradient: ROWS × COLS.
@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;

override IDS: u32;
override ROWS: u32;
override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = number(group, groups, local);
    if at >= ROWS * COLS {
        return;
    }
    var sum = 0.0;
    for (var i = 0u; i < batch.rows * IDS; i++) {
        if ids[i] == at / COLS {
            sum += dy[i * COLS + at % COLS];
        }
    }
    gradient[at] = sum;
}
