// s += g², then w -= rate · g / (√s + ε). Returns w, s and an unused moment.
override EPSILON: f32;

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let s = moment0 + g * g;
    return Updated(w - rate() * g / (sqrt(s) + EPSILON), s, moment1);
}
