// The bias of four channels, a tensor of its own.
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;

fn bias_of(at: u32) -> vec4<f32> { return bias[at % (CHANNELS / 4u)]; }
