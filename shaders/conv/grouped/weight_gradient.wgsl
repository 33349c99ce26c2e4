// dW for each of PARTS parts of the batch, PART places each, with the sums of dz as a last row if there is a bias: AT_ONCE filters of
// a row an invocation. CHANNELS are those of a group. seen_number comes from a file conv/grouped/….
override FILTERS: u32;
override GROUPS: u32;
override BIAS: u32;
override PARTS: u32;
override PART: u32;

@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read> dz: array<Kept>;
@group(0) @binding(2) var<storage, read_write> dw: array<Numbers>;

// A term of the sum of row k: that of the bias has the gradient alone.
fn term(place: Place, gradient: Numbers, k: u32, j: u32) -> Numbers {
    if k == taps() {
        return gradient;
    }
    let tap = k / CHANNELS;
    let at = seen(place, tap / KERNEL_WIDTH, tap % KERNEL_WIDTH);
    if at.inside {
        return seen_number(at.pixel, j, k % CHANNELS) * gradient;
    }
    return Numbers(0.0);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    let some = FILTERS / AT_ONCE;
    let of_part = (taps() + BIAS) * some;
    if i >= PARTS * of_part {
        return;
    }
    let k = i % of_part / some;
    let j = i % some;
    let begin = i / of_part * PART;
    let end = min(begin + PART, places());
    var place = place_at(begin);
    var sum = Numbers(0.0);
    for (var p = begin; p < end; p++) {
        sum += term(place, numbers(dz[p * some + j]), k, j);
        place = next_place(place);
    }
    dw[i] = sum;
}
