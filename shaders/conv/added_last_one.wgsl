// The same as conv/added_last_four by single numbers.
@group(0) @binding(4) var<storage, read> added: array<f32>;

fn added_at(at: u32) -> f32 { return added[at]; }
