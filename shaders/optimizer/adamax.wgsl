// m = β₁ m + (1 - β₁) g, u = max(β₂ u, |g| + ε), then w -= rate · m̂ / u. Returns w, m and u.
// corrections comes from optimizer/every_step or optimizer/counted.
override BETA1: f32;
override BETA2: f32;
override EPSILON: f32;

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let m = BETA1 * moment0 + (1.0 - BETA1) * g;
    let u = max(BETA2 * moment1, abs(g) + EPSILON);
    return Updated(w - rate() * (m * corrections().x / u), m, u);
}
