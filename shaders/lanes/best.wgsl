// The place of the largest of some numbers, the first of equal ones; NaN ranks above all others, so that it shows. Compared are
// integers, as compilers need not heed NaN where numbers are compared.
struct Best {
    rank: u32,
    at: u32,
}

fn candidate(x: f32, at: u32) -> Best {
    let bits = bitcast<u32>(x);
    let size = bits & 0x7fffffffu;
    let rank = select(0x80000000u + size, 0x80000000u - size, bits >= 0x80000000u);
    return Best(select(rank, 0xffffffffu, is_nan(x)), at);
}

fn better(a: Best, b: Best) -> Best {
    if b.rank > a.rank || (b.rank == a.rank && b.at < a.at) {
        return b;
    }
    return a;
}
