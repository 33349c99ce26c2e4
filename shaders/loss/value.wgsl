// Keeps no gradient: for programs that only evaluate.
fn keep(at: u32, p: f32, t: f32) {}
