// w -= rate · sign(β₁ m + (1 - β₁) g), then m = β₂ m + (1 - β₂) g. Returns w, m and an unused moment.
// numbers_or_nan comes from at_once/or_nan.
override BETA1: f32;
override BETA2: f32;

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let along = BETA1 * moment0 + (1.0 - BETA1) * g;
    let m = BETA2 * moment0 + (1.0 - BETA2) * g;
    return Updated(w - rate() * numbers_or_nan(sign(along), along), m, moment1);
}
