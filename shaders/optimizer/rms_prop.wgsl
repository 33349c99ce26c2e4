// v = ρ v + (1 - ρ) g², then w -= rate · g / (√v + ε). Returns w, v and an unused moment.
override RHO: f32;
override EPSILON: f32;

fn update(w: f32, g: f32, moments: vec2<f32>) -> vec3<f32> {
    let v = RHO * moments.x + (1.0 - RHO) * g * g;
    return vec3(w - batch.rate * g / (sqrt(v) + EPSILON), v, moments.y);
}
