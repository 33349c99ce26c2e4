// The statistics are those of x, so that each of its numbers moves them: mean dy + z mean (dy z), where z is the normalised x.
// x: pixels × CHANNELS; sums: for each part a row of Σ dy z and one of Σ dy.
@group(0) @binding(4) var<storage, read> x: array<Kept>;
@group(0) @binding(5) var<storage, read> sums: array<Numbers>;

struct Common {
    plain: Numbers,
    slope: Numbers,
}

fn in_common(c: u32, row: u32, inverse_deviation: Numbers) -> Common {
    var products = Numbers(0.0);
    var plain = Numbers(0.0);
    for (var part = 0u; part < PARTS; part++) {
        products += sums[2u * part * row + c];
        plain += sums[(2u * part + 1u) * row + c];
    }
    let count = f32(batch.rows * PIXELS);
    return Common(plain / count, products / count * inverse_deviation);
}

fn shared_part(all: Common, at: u32, mean: Numbers) -> Numbers {
    return all.plain + (numbers(x[at]) - mean) * all.slope;
}
