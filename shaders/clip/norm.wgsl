// The norm whose partial sums clip/sum_squares has written, for clip/factor and loss/scale_step. sums: 2 × PARTS.
@group(0) @binding(0) var<storage, read> sums: array<f32>;

override PARTS: u32;
override UP: f32;
override DOWN: f32;
override LIMIT: f32;

// The second row counts where the first overflows.
fn norm() -> f32 {
    var sum = vec2(0.0);
    for (var i = 0u; i < PARTS; i++) {
        sum += vec2(sums[i], sums[PARTS + i]);
    }
    return select(sqrt(sum.y) / DOWN, sqrt(sum.x) / UP, is_finite(sum.x));
}

// What gradients of this norm are multiplied by. WGSL promises a quotient only for divisors up to 2¹²⁶: there are larger norms.
fn clipped(norm: f32) -> f32 {
    return select(1.0, (0.25 * LIMIT) / (0.25 * norm), norm > LIMIT);
}
