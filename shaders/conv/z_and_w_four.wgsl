// dz and W by four filters, for conv/input_gradient.
@group(0) @binding(0) var<storage, read> dz: array<Stored4>;
@group(0) @binding(1) var<storage, read> w: array<Stored4>;

fn z_row(p: Pixel, k: u32) -> vec4<f32> {
    let at = place(p, k / FILTERS);
    return select(vec4<f32>(), wide(dz[(at.pixel * FILTERS + k % FILTERS) / 4u]), at.inside);
}

fn w_row(phase: u32, k: u32, j: u32) -> vec4<f32> {
    let row = tap_row(phase, k / FILTERS) + min(j, CHANNELS - 1u);
    return wide(w[(row * FILTERS + k % FILTERS) / 4u]);
}
