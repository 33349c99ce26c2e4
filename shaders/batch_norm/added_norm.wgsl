// What stands beside the normalised numbers: others, normalised by their own norm. other_affine: a row of scales and one of shifts;
// other_x: pixels × CHANNELS.
@group(0) @binding(5) var<storage, read> other_affine: array<Numbers>;
@group(0) @binding(6) var<storage, read> other_x: array<Kept>;

var<private> other_mean: Numbers;
var<private> other_factor: Numbers;
var<private> other_shift: Numbers;

fn prepare(c: u32, row: u32) {
    of_other = true;
    let known = statistics(c);
    of_other = false;
    other_mean = known.mean;
    other_factor = other_affine[c] * inverse(known.variance);
    other_shift = other_affine[row + c];
}

fn with_added(z: Numbers, at: u32) -> Numbers {
    return z + ((numbers(other_x[at]) - other_mean) * other_factor + other_shift);
}
