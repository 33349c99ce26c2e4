// Mean and variance of some channels, from those of the parts of a batch (Chan, Golub and LeVeque, 1983). Numbers and AT_ONCE come
// from pool/one or pool/four. moments: for each part a row of means and one of variances.
@group(0) @binding(0) var<storage, read> moments: array<Numbers>;

struct Statistics {
    mean: Numbers,
    variance: Numbers,
}

fn statistics(c: u32) -> Statistics {
    let row = CHANNELS / AT_ONCE;
    var mean = Numbers(0.0);
    for (var part = 0u; part < PARTS; part++) {
        mean += share(part) * moments[2u * part * row + c];
    }
    var variance = Numbers(0.0);
    for (var part = 0u; part < PARTS; part++) {
        let away = moments[2u * part * row + c] - mean;
        variance += share(part) * (moments[(2u * part + 1u) * row + c] + away * away);
    }
    return Statistics(mean, variance);
}

// A part's share of the batch.
fn share(part: u32) -> f32 { return f32(samples_of(part)) / f32(batch.rows); }

// What numbers are multiplied by once the mean is gone.
fn inverse(variance: Numbers) -> Numbers { return Numbers(1.0) / sqrt(variance + Numbers(EPSILON)); }
