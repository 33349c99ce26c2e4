// dense/dx in the first DX_GROUPS workgroups and dense/dw in the others; dense/plain says what is joined.
@group(0) @binding(0) var<storage, read> dz: array<Stored4>;
@group(0) @binding(1) var<storage, read> w: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> dx: array<Stored4>;
@group(0) @binding(4) var<storage, read_write> dw: array<vec4<f32>>;

override INPUTS: u32;
override OUTPUTS: u32;
override BIAS: u32;
override DX_GROUPS: u32;
override DX_SLICES = 1u;
override DW_SLICES = 1u;
// Which product the blocks are of. product must not read it: no private variable is uniform to WGSL.
var<private> of_weights: bool;

fn product(group: u32) -> Product {
    of_weights = group >= DX_GROUPS;
    if group < DX_GROUPS {
        return Product(live_rows(), OUTPUTS, INPUTS, DX_SLICES, group);
    }
    return Product(INPUTS + BIAS, live_rows(), OUTPUTS, DW_SLICES, group - DX_GROUPS);
}

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
