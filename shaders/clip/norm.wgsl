// What gradients are multiplied by so that their norm is at most LIMIT, from the partial sums that clip/sum_squares has written,
// for clip/factor and loss/scale_step. sums: 2 × PARTS.
@group(0) @binding(0) var<storage, read> sums: array<f32>;

override PARTS: u32;
override UP: f32;
override DOWN: f32;
override LIMIT_UP: f32;   // UP × LIMIT, at most the largest number
override LIMIT_DOWN: f32; // DOWN × LIMIT

struct Clipped {
    norm: f32,
    factor: f32,
}

// Of gradients that are `scale` times too large. Only scaled norms divide: WGSL promises a quotient for divisors up to 2¹²⁶ alone, and
// there are norms beyond, for which some GPUs give 0. The second row counts where the first overflows.
fn clipped(scale: f32) -> Clipped {
    var sum = vec2(0.0);
    for (var i = 0u; i < PARTS; i++) {
        sum += vec2(sums[i], sums[PARTS + i]);
    }
    let small = is_finite(sum.x);
    let scaled = sqrt(select(sum.y, sum.x, small));
    let limit = select(LIMIT_DOWN, LIMIT_UP, small);
    let norm = scaled / select(DOWN, UP, small);
    return Clipped(norm, select(1.0 / scale, limit / scaled, scaled > limit * scale));
}
