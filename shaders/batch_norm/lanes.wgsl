// A workgroup for a part of the batch and WIDTH places of a pixel's numbers, a power of 2: each place has 64 / WIDTH invocations, which
// take its pixels by turns.
override WIDTH: u32;

struct Share {
    part: u32,
    // The place among a pixel's numbers, and whether there is one.
    c: u32,
    inside: bool,
    // The first pixel, the end, and the step to the next.
    first: u32,
    end: u32,
    step: u32,
}

fn share_of(group: u32, local: u32) -> Share {
    let row = CHANNELS / AT_ONCE;
    let blocks = (row + WIDTH - 1u) / WIDTH;
    let part = group / blocks;
    let c = group % blocks * WIDTH + local % WIDTH;
    let inside = c < row && part < PARTS;
    let begin = part * SAMPLES * PIXELS;
    let end = begin + select(0u, samples_of(part) * PIXELS, inside);
    return Share(part, c, inside, begin + local / WIDTH, end, 64u / WIDTH);
}

// Sums over the invocations of a place, in a fixed tree. The first barrier waits for whoever still reads the sums before.
var<workgroup> held: array<Numbers, 64>;

fn total(sum: Numbers, local: u32) -> Numbers {
    workgroupBarrier();
    held[local] = sum;
    for (var half = 32u; half >= WIDTH; half /= 2u) {
        workgroupBarrier();
        if local < half {
            held[local] += held[local + half];
        }
    }
    workgroupBarrier();
    return held[local % WIDTH];
}
