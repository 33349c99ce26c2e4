// Multiplies each channel by a number and adds one. scale, shift: 1 × channels.
@group(0) @binding(2) var<storage, read> scale: array<Numbers>;
@group(0) @binding(3) var<storage, read> shift: array<Numbers>;

fn finished(z: Numbers, c: u32) -> Numbers { return z * scale[c] + shift[c]; }
