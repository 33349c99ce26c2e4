// dx by single numbers, for conv/input_gradient.
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    let p = pixel(i);
    var row = sums;
    for (var c = j; c < j + 4u && p.there && c < CHANNELS; c++) {
        let at = ((p.sample * HEIGHT + p.y) * WIDTH + p.x) * CHANNELS + c;
        dx[at] = epilogue(at, row.x);
        row = row.yzwx;
    }
}
