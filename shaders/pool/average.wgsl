// y = the mean of the pixels that each place sees in a channel; an invocation AT_ONCE channels of a place. pixels_seen comes from
// pool/pixels_seen.
@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read_write> y: array<Kept>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = CHANNELS / AT_ONCE;
    if i >= places() * some {
        return;
    }
    let place = place_at(i / some);
    var sum = Numbers(0.0);
    for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
        for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
            let at = seen(place, ky, kx);
            if at.inside {
                sum += numbers(x[at.pixel * some + i % some]);
            }
        }
    }
    y[i] = kept(sum / pixels_seen(place));
}
