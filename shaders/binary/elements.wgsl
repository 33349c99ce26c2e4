// y = a ∘ b, element by element: combined comes from binary/sum, binary/difference or binary/product, and beside, the place of the
// number of b that belongs to one of a, from binary/by_element, binary/by_row or binary/by_column. a, y: rows × COLS.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override COLS: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < live_rows() * COLS {
        y[i] = combined(a[i], b[beside(i)]);
    }
}
