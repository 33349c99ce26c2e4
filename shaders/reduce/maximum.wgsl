// y = max x over each strip. first_largest comes from reduce/first_largest.
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

fn work(strip: u32, lane: u32) {
    let at = first_largest(strip, lane);
    if lane == 0u {
        y[strip] = x[place(strip, at)];
    }
}
