// Σ dy z and Σ dy of each channel over each part of the batch, where z is the normalised x. statistics comes from
// batch_norm/statistics. x, dy: pixels × CHANNELS; sums: for each part a row of each.
@group(0) @binding(1) var<storage, read> x: array<Kept>;
@group(0) @binding(2) var<storage, read> dy: array<Kept>;
@group(0) @binding(3) var<storage, read_write> sums: array<Numbers>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = CHANNELS / AT_ONCE;
    let mine = share_of(group.y * groups.x + group.x, local);
    var known = Statistics(Numbers(0.0), Numbers(0.0));
    if mine.inside {
        known = statistics(mine.c);
    }
    var products = Numbers(0.0);
    var plain = Numbers(0.0);
    for (var pixel = mine.first; pixel < mine.end; pixel += mine.step) {
        let g = numbers(dy[pixel * row + mine.c]);
        products += g * (numbers(x[pixel * row + mine.c]) - known.mean);
        plain += g;
    }
    products = total(products, local) * inverse(known.variance);
    plain = total(plain, local);
    if mine.inside && local < WIDTH {
        sums[2u * mine.part * row + mine.c] = products;
        sums[(2u * mine.part + 1u) * row + mine.c] = plain;
    }
}
