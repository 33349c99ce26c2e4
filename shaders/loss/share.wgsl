// What is common to losses of a row of scores: exp of a score less the largest, and the place of the largest.
fn share(z: f32, top: f32) -> f32 { return or_nan(exp(z - top), z - top); }

fn best_of_row(start: u32, lane: u32) -> u32 {
    var mine = candidate(logits[start + lane], lane);
    for (var j = lane + LANES; j < CLASSES; j += LANES) {
        mine = better(mine, candidate(logits[start + j], j));
    }
    return best_of_all(mine, lane).at;
}
