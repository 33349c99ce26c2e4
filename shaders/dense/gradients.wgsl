// dense/dx and dense/dw, as dense/both shares out workgroups; dense/plain says what is joined.
@group(0) @binding(0) var<storage, read> dz: array<Stored4>;
@group(0) @binding(1) var<storage, read> w: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> dx: array<Stored4>;
@group(0) @binding(4) var<storage, read_write> dw: array<vec4<f32>>;

fn a(i: u32, k: u32) -> mat4x4<f32> {
    if of_weights {
        return dw_a(i, k);
    }
    return dx_a(i, k);
}

fn b(k: u32, j: u32) -> mat4x4<f32> {
    if of_weights {
        return dw_b(k, j);
    }
    return dx_b(k, j);
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    if of_weights {
        dw_finish_row(i, j, sums);
    } else {
        dx_finish_row(i, j, sums);
    }
}
