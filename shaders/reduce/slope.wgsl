// Times the slope of the activation that made what was reduced; slope comes from a file in activation/. made: as y.
@group(0) @binding(2) var<storage, read> made: array<f32>;

fn sloped(i: u32, dy: f32) -> f32 { return dy * slope(made[i]); }
