// dx = the shares of a pixel in the gradients of the places that see it; an invocation AT_ONCE channels of a pixel. Taps go
// backwards, so that places are added up in their order. seen_by comes from pool/seen_by, pixels_seen from pool/pixels_seen.
@group(0) @binding(0) var<storage, read> dy: array<Kept>;
@group(0) @binding(1) var<storage, read_write> dx: array<Kept>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = CHANNELS / AT_ONCE;
    if i >= pixels() * some {
        return;
    }
    let pixel = pixel_at(i / some);
    var sum = Numbers(0.0);
    for (var tap = KERNEL_HEIGHT * KERNEL_WIDTH; tap > 0u; tap--) {
        let by = seen_by(pixel, (tap - 1u) / KERNEL_WIDTH, (tap - 1u) % KERNEL_WIDTH);
        if by.there {
            sum += numbers(dy[number_of(by.place) * some + i % some]) / pixels_seen(by.place);
        }
    }
    dx[i] = kept(sum);
}
