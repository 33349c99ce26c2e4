// v = μ v + g, then w -= rate · v, or Nesterov's way w -= rate · (g + μ v). Returns w, v and an unused moment.
override MOMENTUM: f32;
override NESTEROV: u32;

fn update(w: f32, g: f32, moments: vec2<f32>) -> vec3<f32> {
    let v = MOMENTUM * moments.x + g;
    let step = select(v, g + MOMENTUM * v, NESTEROV == 1u);
    return vec3(w - batch.rate * step, v, moments.y);
}
