// v = ρ v + (1 - ρ) g², then w -= rate · g / (√v + ε). Returns w, v and an unused moment.
override RHO: f32;
override EPSILON: f32;

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let v = RHO * moment0 + (1.0 - RHO) * g * g;
    return Updated(w - rate() * g / (sqrt(v) + EPSILON), v, moment1);
}
