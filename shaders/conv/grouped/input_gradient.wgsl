// dx = what each pixel is to the places that see it, AT_ONCE channels of a pixel an invocation. Taps go backwards, so that places are
// added up in their order. CHANNELS are those of a group. back comes from a file conv/grouped/back_…, seen_by from pool/seen_by.
override FILTERS: u32;
override GROUPS: u32;

@group(0) @binding(0) var<storage, read> dz: array<Kept>;
@group(0) @binding(1) var<storage, read> w: array<Kept>;
@group(0) @binding(2) var<storage, read_write> dx: array<Kept>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = GROUPS * CHANNELS / AT_ONCE;
    if i >= pixels() * some {
        return;
    }
    let pixel = pixel_at(i / some);
    var sum = Numbers(0.0);
    for (var tap = KERNEL_HEIGHT * KERNEL_WIDTH; tap > 0u; tap--) {
        let by = seen_by(pixel, (tap - 1u) / KERNEL_WIDTH, (tap - 1u) % KERNEL_WIDTH);
        if by.there {
            sum += back(number_of(by.place), tap - 1u, i % some);
        }
    }
    dx[i] = kept(sum);
}
