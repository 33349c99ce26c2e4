// A kernel of two products: dx in the first DX_GROUPS workgroups, dW in the others.
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
