// What product(group) tells dense/plain, dense/tiled and dense/split of the workgroup with this number. It is the same for
// all its invocations, as WGSL wants it of what decides whether they meet at a barrier.
struct Product {
    rows: u32,
    inner: u32,
    cols: u32,
    slices: u32, // invocations that share a block in dense/split
    tile: u32,   // which tile of the result the workgroup computes
}
