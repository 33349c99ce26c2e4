// The bias of a channel, a tensor of its own.
@group(0) @binding(3) var<storage, read> bias: array<f32>;

fn bias_of(at: u32) -> f32 { return bias[at % CHANNELS]; }
