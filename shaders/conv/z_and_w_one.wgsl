// dz and W by single numbers, for conv/input_gradient; numbers past a phase's last tap are 0 in dz.
@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;

fn z_element(p: Pixel, k: u32) -> f32 {
    let at = place(p, k / FILTERS);
    let inside = at.inside && k < taps_of(p.phase) * FILTERS;
    return select(0.0, dz[select(0u, at.pixel * FILTERS + k % FILTERS, inside)], inside);
}

fn z_row(p: Pixel, k: u32) -> vec4<f32> {
    return vec4(z_element(p, k), z_element(p, k + 1u), z_element(p, k + 2u), z_element(p, k + 3u));
}

fn w_element(phase: u32, k: u32, j: u32) -> f32 {
    let row = min(tap_row(phase, k / FILTERS), taps() - CHANNELS) + min(j, CHANNELS - 1u);
    return w[row * FILTERS + k % FILTERS];
}

fn w_row(phase: u32, k: u32, j: u32) -> vec4<f32> {
    return vec4(
        w_element(phase, k, j),
        w_element(phase, k + 1u, j),
        w_element(phase, k + 2u, j),
        w_element(phase, k + 3u, j),
    );
}
