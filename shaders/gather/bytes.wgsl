// A dataset of bytes, four to a word, the first lowest. source: samples × COLS.
@group(0) @binding(0) var<storage, read> source: array<u32>;

fn load(at: u32) -> f32 { return f32((source[at / 4u] >> (8u * (at % 4u))) & 255u); }
