// dx = dy at the first largest number of each strip, and 0 elsewhere. first_largest comes from reduce/first_largest.
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

fn work(strip: u32, lane: u32) {
    let at = first_largest(strip, lane);
    for (var j = lane; j < COUNT; j += LANES) {
        dx[place(strip, j)] = select(0.0, dy[strip], j == at);
    }
}
