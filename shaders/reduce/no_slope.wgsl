// No activation made what was reduced.
fn sloped(i: u32, dy: f32) -> f32 { return dy; }
