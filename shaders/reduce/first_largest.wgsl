// The place of a strip's first largest number, or of its first NaN. place comes from reduce/strips, best_of_all from lanes/one or
// lanes/many.
@group(0) @binding(0) var<storage, read> x: array<f32>;

fn items() -> u32 { return strips(); }

fn first_largest(strip: u32, lane: u32) -> u32 {
    var best = candidate(x[place(strip, lane)], lane);
    for (var j = lane + LANES; j < COUNT; j += LANES) {
        best = better(best, candidate(x[place(strip, j)], j));
    }
    return best_of_all(best, lane).at;
}
