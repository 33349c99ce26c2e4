// y = FACTOR · Σ x over each strip, an item of lanes/one or lanes/many. place and strips come from reduce/strips.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override FACTOR: f32;

fn items() -> u32 { return strips(); }

fn work(strip: u32, lane: u32) {
    var part = 0.0;
    for (var j = lane; j < COUNT; j += LANES) {
        part += x[place(strip, j)];
    }
    let sum = total(part, lane);
    if lane == 0u {
        y[strip] = FACTOR * sum;
    }
}
