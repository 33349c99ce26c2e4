// Blocks of the patches of x from four channels at a time: CHANNELS is a multiple of 4, so that four taps are one vector.
@group(0) @binding(0) var<storage, read> x: array<Stored4>;

fn filled_taps() -> u32 { return taps(); }
fn tap_of(k: u32) -> u32 { return k; }
fn is_tap(k: u32) -> bool { return true; }

fn patch_row(p: Place, ky: u32, kx: u32, channel: u32) -> vec4<f32> {
    let at = seen(p, ky, kx);
    return select(vec4<f32>(), wide(x[(at.pixel * CHANNELS + channel) / 4u]), at.inside);
}

// Places from `place` on, a column of the result each, by taps from k on.
fn patch_block(place: u32, k: u32) -> mat4x4<f32> {
    let at = min(k, taps() - 4u);
    let tap = at / CHANNELS;
    let channel = at % CHANNELS;
    let ky = tap / KERNEL_WIDTH;
    let kx = tap % KERNEL_WIDTH;
    let p0 = place_at(place);
    let p1 = next_place(p0);
    let p2 = next_place(p1);
    let p3 = next_place(p2);
    return mat4x4(
        patch_row(p0, ky, kx, channel),
        patch_row(p1, ky, kx, channel),
        patch_row(p2, ky, kx, channel),
        patch_row(p3, ky, kx, channel),
    );
}
