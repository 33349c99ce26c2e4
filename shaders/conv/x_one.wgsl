// Blocks of the patches of x from single numbers, for any number of channels; taps past the last are 0.
@group(0) @binding(0) var<storage, read> x: array<f32>;

fn filled_taps() -> u32 { return taps(); }
fn tap_of(k: u32) -> u32 { return k; }
fn is_tap(k: u32) -> bool { return true; }

fn patch_element(p: Place, k: u32) -> f32 {
    let tap = k / CHANNELS;
    let at = seen(p, tap / KERNEL_WIDTH, tap % KERNEL_WIDTH);
    let inside = at.inside && k < taps();
    return select(0.0, x[select(0u, at.pixel * CHANNELS + k % CHANNELS, inside)], inside);
}

fn patch_row(p: Place, k: u32) -> vec4<f32> {
    return vec4(
        patch_element(p, k),
        patch_element(p, k + 1u),
        patch_element(p, k + 2u),
        patch_element(p, k + 3u),
    );
}

fn patch_block(place: u32, k: u32) -> mat4x4<f32> {
    let p0 = place_at(place);
    let p1 = next_place(p0);
    let p2 = next_place(p1);
    let p3 = next_place(p2);
    return mat4x4(patch_row(p0, k), patch_row(p1, k), patch_row(p2, k), patch_row(p3, k));
}
