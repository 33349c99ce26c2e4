// The gradient of what was scaled. scale: 1 × channels.
@group(0) @binding(3) var<storage, read> scale: array<Numbers>;

fn before(dy: Numbers, c: u32) -> Numbers { return dy * scale[c]; }
