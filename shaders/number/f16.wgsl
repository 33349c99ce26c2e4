enable f16;
// Four halves as they are stored, where the device has f16.
alias Stored4 = vec4<f16>;
fn wide(v: Stored4) -> vec4<f32> { return vec4<f32>(v); }
fn stored(v: vec4<f32>) -> Stored4 { return vec4<f16>(v); }
