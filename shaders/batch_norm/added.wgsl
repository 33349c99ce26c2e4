// What stands beside the normalised numbers. added: pixels × CHANNELS.
@group(0) @binding(4) var<storage, read> added: array<Kept>;

fn prepare(c: u32, row: u32) {}

fn with_added(z: Numbers, at: u32) -> Numbers { return z + numbers(added[at]); }
