// Where a pixel comes from, by whole numbers as on the CPU (src/ops/augment/warp.rs). transform: rows × 6.
@group(0) @binding(1) var<storage, read> transform: array<f32>;

override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;

fn fixed(entry: f32, limit: f32, one: f32) -> i32 {
    return i32(floor(clamp(entry, -limit, limit) * one + 0.5));
}

// A coordinate in 4096ths of a pixel from the first one, by a row of a transform; x, y: half pixels from the middle.
fn coordinate(start: u32, x: i32, y: i32, last: i32) -> i32 {
    let a = fixed(transform[start], 16.0, 16384.0);
    let b = fixed(transform[start + 1u], 16.0, 16384.0);
    let c = fixed(transform[start + 2u], 16384.0, 32768.0);
    return (a * x + b * y + c + (last << 14u)) >> 3u;
}

// The column and the row.
fn source(sample: u32, row: u32, col: u32) -> vec2<i32> {
    let right = i32(WIDTH) - 1;
    let bottom = i32(HEIGHT) - 1;
    let x = 2 * i32(col) - right;
    let y = 2 * i32(row) - bottom;
    return vec2<i32>(coordinate(6u * sample, x, y, right), coordinate(6u * sample + 3u, x, y, bottom));
}

// What the pixel before a place, or the one behind it, counts.
fn weight(at: i32, behind: i32) -> f32 {
    let part = at & 4095;
    return f32(select(4096 - part, part, behind == 1)) * 0.000244140625;
}

// A number of an image, if the pixel is inside, and one beyond all otherwise.
fn place(sample: u32, pixel: vec2<i32>, channel: u32) -> u32 {
    if pixel.x < 0 || pixel.y < 0 || u32(pixel.x) >= WIDTH || u32(pixel.y) >= HEIGHT {
        return 0xffffffffu;
    }
    return ((sample * HEIGHT + u32(pixel.y)) * WIDTH + u32(pixel.x)) * CHANNELS + channel;
}
