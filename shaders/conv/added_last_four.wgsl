// The same as conv/added_four where a slope is bound before it.
@group(0) @binding(4) var<storage, read> added: array<Stored4>;

fn added_at(at: u32) -> vec4<f32> { return wide(added[at]); }
