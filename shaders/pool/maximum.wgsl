// y = the largest number that each place sees in a channel; an invocation AT_ONCE channels of a place. first_largest comes from
// pool/first_largest.
@group(0) @binding(1) var<storage, read_write> y: array<Kept>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = CHANNELS / AT_ONCE;
    if i < places() * some {
        y[i] = first_largest(place_at(i / some), i % some).value;
    }
}
