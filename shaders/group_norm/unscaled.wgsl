// The gradient of what was not scaled.
fn before(dy: Numbers, c: u32) -> Numbers { return dy; }
