// A dataset of reals. source: samples × COLS.
@group(0) @binding(0) var<storage, read> source: array<f32>;

fn load(at: u32) -> f32 { return source[at]; }

fn load4(at: u32) -> vec4<f32> { return vec4(load(at), load(at + 1u), load(at + 2u), load(at + 3u)); }
