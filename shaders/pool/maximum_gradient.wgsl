// dx = the gradients of the places whose first largest number a pixel has; an invocation AT_ONCE channels of a pixel. Taps go
// backwards, so that places are added up in their order. first_largest comes from pool/first_largest, seen_by from pool/seen_by,
// finished from pool/sum or pool/slope_….
@group(0) @binding(1) var<storage, read> dy: array<Kept>;
@group(0) @binding(2) var<storage, read_write> dx: array<Kept>;

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
    let c = i % some;
    var sum = Numbers(0.0);
    for (var tap = KERNEL_HEIGHT * KERNEL_WIDTH; tap > 0u; tap--) {
        let by = seen_by(pixel, (tap - 1u) / KERNEL_WIDTH, (tap - 1u) % KERNEL_WIDTH);
        if by.there {
            let mine = first_largest(by.place, c).tap == Bits(tap - 1u);
            sum += select(Numbers(0.0), numbers(dy[number_of(by.place) * some + c]), mine);
        }
    }
    dx[i] = finished(i, sum);
}
