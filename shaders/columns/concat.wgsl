// The columns of three tensors, side by side; one that is missing has none. a, b, c: rows × A, B, C; y: rows × COLS.
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;

override A: u32;
override B: u32;
override C: u32;
override COLS: u32;

fn item(row: u32, col: u32) -> f32 {
    if col < A {
        return a[row * A + col];
    }
    if col < A + B {
        return b[row * B + col - A];
    }
    return c[row * C + col - A - B];
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < live_rows() * COLS {
        y[i] = item(i / COLS, i % COLS);
    }
}
