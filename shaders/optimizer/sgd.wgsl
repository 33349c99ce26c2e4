// w -= rate · g. Returns the parameter and two unused moments.
fn update(w: f32, g: f32, moments: vec2<f32>) -> vec3<f32> {
    return vec3(w - batch.rate * g, moments);
}
