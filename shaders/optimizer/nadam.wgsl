// m = β₁ m + (1 - β₁) g, v = β₂ v + (1 - β₂) g², then w -= rate · ((1 - μₜ) / (1 - Πₜ) g + μₜ₊₁ / (1 - Πₜ₊₁) m) / (√v̂ + ε).
// Returns w, m and v. corrections comes from optimizer/every_step or optimizer/counted: the inverses of 1 - Πₜ, of 1 - β₂ᵗ, and
// of how near μ has come to β₁, half of it being 0. LOST is the share of the rest that goes in a step.
override BETA1: f32;
override BETA2: f32;
override EPSILON: f32;
override LOST: f32;

fn momentum(near: f32) -> f32 { return BETA1 * (0.5 + 0.5 * near); }

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let m = BETA1 * moment0 + (1.0 - BETA1) * g;
    let v = BETA2 * moment1 + (1.0 - BETA2) * g * g;
    let c = corrections();
    let near = 1.0 / c.z;
    let next = momentum(near + (1.0 - near) * LOST);
    let of_mean = next / (next / c.x + (1.0 - next));
    let step = ((1.0 - momentum(near)) * c.x * g + of_mean * m) / (sqrt(v * c.y) + EPSILON);
    return Updated(w - rate() * step, m, v);
}
