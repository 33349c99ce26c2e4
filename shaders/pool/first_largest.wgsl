// The first tap of a place with the largest number, NaN above all others. Compared are integers, as compilers need not heed NaN where
// numbers are compared.
@group(0) @binding(0) var<storage, read> x: array<Kept>;

fn ranks(x: Numbers) -> Bits {
    let bits = bitcast<Bits>(x);
    let size = bits & Bits(0x7fffffffu);
    let middle = Bits(0x80000000u);
    let rank = select(middle + size, middle - size, bits >= middle);
    return select(rank, Bits(0xffffffffu), size > Bits(0x7f800000u));
}

struct Largest {
    value: Kept,
    tap: Bits,
}

// Of some channels: AT_ONCE of them, number c.
fn first_largest(p: Place, c: u32) -> Largest {
    var best = Bits(0u);
    var tap = Bits(0u);
    var value = Numbers(0.0);
    for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
        for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
            let at = seen(p, ky, kx);
            let number = numbers(x[at.pixel * (CHANNELS / AT_ONCE) + c]);
            let rank = select(Bits(0u), ranks(number), at.inside);
            let better = rank > best;
            best = select(best, rank, better);
            tap = select(tap, Bits(ky * KERNEL_WIDTH + kx), better);
            value = select(value, number, better);
        }
    }
    return Largest(kept(value), tap);
}
