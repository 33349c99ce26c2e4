// W and y by single numbers, for conv/forward.
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn w_element(k: u32, j: u32) -> f32 { return w[min(k, taps() + BIAS - 1u) * FILTERS + min(j, FILTERS - 1u)]; }

fn w_row(k: u32, j: u32) -> vec4<f32> {
    return vec4(w_element(k, j), w_element(k, j + 1u), w_element(k, j + 2u), w_element(k, j + 3u));
}

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    var row = sums;
    for (var c = j; c < j + 4u && i < places() && c < FILTERS; c++) {
        y[i * FILTERS + c] = epilogue(i * FILTERS + c, row.x);
        row = row.yzwx;
    }
}
