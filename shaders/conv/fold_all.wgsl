// Many sums of parts, each in order. table: for each sum where it begins, its size, where its parts begin and how many they are;
// beginnings are counted in 64 numbers, so that a workgroup has one sum.
@group(0) @binding(0) var<storage, read_write> sum: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
override SUMS: u32;

fn known(row: u32, column: u32) -> u32 { return u32(table[4u * row + column]); }

// The last sum that does not begin behind i.
fn sum_of(i: u32) -> u32 {
    var first = 0u;
    var end = SUMS;
    while first + 1u < end {
        let middle = (first + end) / 2u;
        if 64u * known(middle, 0u) <= i {
            first = middle;
        } else {
            end = middle;
        }
    }
    return first;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let row = sum_of(i);
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
