// How many pixels of the image a place sees, for averages: those of the padding do not count.
fn pixels_seen(p: Place) -> f32 {
    let top = p.y * STRIDE_Y;
    let left = p.x * STRIDE_X;
    let rows = min(top + KERNEL_HEIGHT, TOP + HEIGHT) - max(top, TOP);
    let columns = min(left + KERNEL_WIDTH, LEFT + WIDTH) - max(left, LEFT);
    return f32(rows * columns);
}
