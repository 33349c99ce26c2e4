// A kernel of one product.
override SLICES = 1u;

fn product(group: u32) -> Product { return Product(rows(), inner(), cols(), SLICES, group); }
