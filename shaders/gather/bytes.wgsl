// A dataset of bytes, four to a word, the first lowest. source: samples × COLS.
@group(0) @binding(0) var<storage, read> source: array<u32>;

// Four elements from a multiple of 4 on.
fn load4(at: u32) -> vec4<f32> {
    return vec4<f32>((vec4(source[at / 4u]) >> vec4(0u, 8u, 16u, 24u)) & vec4(255u));
}

fn load(at: u32) -> f32 { return f32((source[at / 4u] >> (8u * (at % 4u))) & 255u); }
