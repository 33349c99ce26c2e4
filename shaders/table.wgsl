// What a table says of many tensors that lie in one buffer: a row for each, first where it begins, counted in 64 numbers, so that a
// workgroup has one row.
override ROWS: u32;
override COLUMNS: u32;

fn known(row: u32, column: u32) -> u32 { return u32(table[row * COLUMNS + column]); }

// The last row that does not begin behind i.
fn row_of(i: u32) -> u32 {
    var first = 0u;
    var end = ROWS;
    while first + 1u < end {
        let middle = (first + end) / 2u;
        if 64u * known(middle, 0u) <= i {
            first = middle;
        } else {
            end = middle;
        }
    }
    return first;
}
