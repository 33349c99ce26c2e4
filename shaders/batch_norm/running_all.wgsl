// The running statistics of many norms. table: for each where its running statistics begin, its channels, where its moments begin, the
// pixels of a sample, and the momentum.
@group(0) @binding(3) var<storage, read> table: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let row = row_of(i);
    CHANNELS = known(row, 1u);
    PIXELS = known(row, 3u);
    let c = i - 64u * known(row, 0u);
    if c < CHANNELS && factor[0] >= 0.0 {
        follow(64u * known(row, 2u) + c, i, table[row * COLUMNS + 4u]);
    }
}
