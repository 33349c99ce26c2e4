// sum = the parts, in order.
@group(0) @binding(0) var<storage, read_write> sum: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
override PARTS: u32;
override SIZE: u32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i < SIZE {
        var all = 0.0;
        for (var part = 0u; part < PARTS; part++) {
            all += parts[part * SIZE + i];
        }
        sum[i] = all;
    }
}
