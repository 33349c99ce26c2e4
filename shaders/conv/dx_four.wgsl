// dx by four channels, for conv/input_gradient.
@group(0) @binding(2) var<storage, read_write> dx: array<Stored4>;

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    let p = pixel(i);
    if p.there && j < CHANNELS {
        let at = (((p.sample * HEIGHT + p.y) * WIDTH + p.x) * CHANNELS + j) / 4u;
        dx[at] = stored(epilogue(at, sums));
    }
}
