// Neither scales nor shifts.
fn finished(z: Numbers, c: u32) -> Numbers { return z; }
