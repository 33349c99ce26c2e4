// Labels or row numbers, one at a time, for gather/rows. source: samples × COLS.
@group(0) @binding(0) var<storage, read> source: array<u32>;

const WIDTH = 1u;
alias Kept = u32;
fn item(at: u32) -> Kept { return source[at]; }
