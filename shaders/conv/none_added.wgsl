// Nothing is added, by fours or single numbers.
fn added_at(at: u32) -> f32 { return 0.0; }
