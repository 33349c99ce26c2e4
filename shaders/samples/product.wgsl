// y = a · b for each sample; one invocation a number of y. Numbers of a are A_ROW apart from row to row and A_COL from column to
// column, so that a may be turned around, and b likewise. a: ROWS × INNER a sample; b: INNER × COLS; y: ROWS × COLS.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override ROWS: u32;
override INNER: u32;
override COLS: u32;
override A_ROW: u32;
override A_COL: u32;
override B_ROW: u32;
override B_COL: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= batch.rows * ROWS * COLS {
        return;
    }
    let sample = i / (ROWS * COLS);
    let start_a = sample * ROWS * INNER + i / COLS % ROWS * A_ROW;
    let start_b = sample * INNER * COLS + i % COLS * B_COL;
    var sum = 0.0;
    for (var k = 0u; k < INNER; k++) {
        sum += a[start_a + k * A_COL] * b[start_b + k * B_ROW];
    }
    y[i] = sum;
}
