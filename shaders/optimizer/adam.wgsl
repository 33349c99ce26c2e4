// m = β₁ m + (1 - β₁) g, v = β₂ v + (1 - β₂) g², then w -= rate · m̂ / (√v̂ + ε). Returns w, m and v.
// corrections comes from optimizer/every_step or optimizer/counted.
override BETA1: f32;
override BETA2: f32;
override EPSILON: f32;

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let m = BETA1 * moment0 + (1.0 - BETA1) * g;
    let v = BETA2 * moment1 + (1.0 - BETA2) * g * g;
    let c = corrections();
    let step = m * c.x / (sqrt(v * c.y) + EPSILON);
    return Updated(w - rate() * step, m, v);
}
