// What is added to a convolution's sums before its activation, or to gradients, by fours. added: as what is written.
@group(0) @binding(3) var<storage, read> added: array<Stored4>;

fn added_at(at: u32) -> vec4<f32> { return wide(added[at]); }
