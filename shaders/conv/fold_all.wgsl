// Many sums of parts, each in order. table: for each sum where it begins, its size, where its parts begin and how many they are.
@group(0) @binding(0) var<storage, read_write> sum: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let row = row_of(i);
    let at = i - 64u * known(row, 0u);
    let size = known(row, 1u);
    if at < size {
        var all = 0.0;
        for (var part = 0u; part < known(row, 3u); part++) {
            all += parts[64u * known(row, 2u) + part * size + at];
        }
        sum[i] = all;
    }
}
