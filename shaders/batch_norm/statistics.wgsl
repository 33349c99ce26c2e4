// Mean and variance of some channels, from those of the parts of a batch (Chan, Golub and LeVeque, 1983). Numbers and AT_ONCE come
// from pool/one or pool/four, moment from batch_norm/one_norm or batch_norm/two_norms.
struct Statistics {
    mean: Numbers,
    variance: Numbers,
}

fn statistics(c: u32) -> Statistics {
    let row = CHANNELS / AT_ONCE;
    var mean = Numbers(0.0);
    for (var part = 0u; part < PARTS; part++) {
        mean += share(part) * moment(2u * part * row + c);
    }
    var variance = Numbers(0.0);
    for (var part = 0u; part < PARTS; part++) {
        let away = moment(2u * part * row + c) - mean;
        variance += share(part) * (moment((2u * part + 1u) * row + c) + away * away);
    }
    return Statistics(mean, variance);
}

// A part's share of the batch.
fn share(part: u32) -> f32 { return f32(samples_of(part)) / f32(batch.rows); }

// What numbers are multiplied by once the mean is gone.
fn inverse(variance: Numbers) -> Numbers { return Numbers(1.0) / sqrt(variance + Numbers(EPSILON)); }
