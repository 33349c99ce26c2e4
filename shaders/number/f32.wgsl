// Four reals as they are stored.
alias Stored4 = vec4<f32>;
fn wide(v: Stored4) -> vec4<f32> { return v; }
fn stored(v: vec4<f32>) -> Stored4 { return v; }
