// What a place of a larger image is made of along a side: a pixel, and the share of the next one. tap and reach come from
// image/nearest or image/bilinear.
struct Tap {
    first: u32,
    next: f32,
}

override FACTOR_Y: u32;
override FACTOR_X: u32;

// The share of a pixel.
fn share(t: Tap, pixel: u32) -> f32 {
    return select(0.0, 1.0 - t.next, pixel == t.first) + select(0.0, t.next, pixel == t.first + 1u);
}
