// Strips: the numbers that are reduced to one, COUNT of them, INNER apart, and OUTPUTS strips a sample. They are columns of a row,
// or rows of a sample.
override COUNT: u32;
override INNER: u32;
override OUTPUTS: u32;

fn strips() -> u32 { return batch.rows * OUTPUTS; }

// Where number j of a strip is.
fn place(strip: u32, j: u32) -> u32 {
    return strip / INNER * COUNT * INNER + strip % INNER + j * INNER;
}
