// W and y by four filters, for conv/forward. Rows past the last tap meet zeros in the patches.
@group(0) @binding(1) var<storage, read> w: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> y: array<Stored4>;

fn w_row(k: u32, j: u32) -> vec4<f32> {
    return wide(w[(min(k, taps() + BIAS - 1u) * FILTERS + min(j, FILTERS - 4u)) / 4u]);
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    if i < places() && j < FILTERS {
        let at = (i * FILTERS + j) / 4u;
        y[at] = stored(epilogue(at, sums));
    }
}
