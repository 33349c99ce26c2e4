// y = epilogue(what each filter sees of its group · W), AT_ONCE filters of a place an invocation. CHANNELS are those of a group. W has
// a row for each tap, (ky, kx, channel of the group), and FILTERS columns. seen_number comes from a file conv/grouped/…, the epilogue
// from conv/activated_….
override FILTERS: u32;
override GROUPS: u32;
override BIAS: u32;

@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read> w: array<Kept>;
@group(0) @binding(2) var<storage, read_write> y: array<Kept>;

// Weights of tap k, from column j on.
fn w_numbers(k: u32, j: u32) -> Numbers { return numbers(w[(k * FILTERS + j) / AT_ONCE]); }
fn w_row(k: u32, j: u32) -> Numbers { return w_numbers(k, j); }
fn w_element(k: u32, j: u32) -> Numbers { return w_numbers(k, j); }

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = FILTERS / AT_ONCE;
    if i >= places() * some {
        return;
    }
    let place = place_at(i / some);
    let j = i % some;
    var sum = Numbers(0.0);
    for (var tap = 0u; tap < KERNEL_HEIGHT * KERNEL_WIDTH; tap++) {
        let at = seen(place, tap / KERNEL_WIDTH, tap % KERNEL_WIDTH);
        if at.inside {
            for (var input = 0u; input < CHANNELS; input++) {
                sum += seen_number(at.pixel, j, input) * w_numbers(tap * CHANNELS + input, j * AT_ONCE);
            }
        }
    }
    y[i] = kept(epilogue(i, sum));
}
