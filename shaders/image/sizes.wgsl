// The sizes of images and of those that are made of them, for the kernels in image/. Images are rows of pixels, CHANNELS numbers each.
override HEIGHT: u32;
override WIDTH: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override CHANNELS: u32;

struct Pixel {
    sample: u32,
    y: u32,
    x: u32,
}

// Pixel i of all images with such sides.
fn pixel_at(i: u32, height: u32, width: u32) -> Pixel {
    let within = i % (height * width);
    return Pixel(i / (height * width), within / width, within % width);
}
