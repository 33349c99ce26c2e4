// Random numbers that are a function of the batch's seed and epoch, of the layer and of a number, as on the CPU
// (src/ops/random.rs).
override LAYER: u32;

// One round of the PCG output permutation of an LCG step.
fn pcg(value: u32) -> u32 {
    let state = value * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

// 32 random bits.
fn word(which: u32) -> u32 {
    return pcg(pcg(batch.seed ^ pcg(batch.epoch ^ pcg(LAYER))) ^ pcg(which));
}

// Uniform from 0 to 1, in steps of 2^-24.
fn unit(which: u32) -> f32 {
    return f32(word(which) >> 8u) * 5.9604644775390625e-8;
}

// A whole number under bound, which is at most 2^16.
fn below(which: u32, bound: u32) -> u32 {
    return ((word(which) >> 16u) * bound) >> 16u;
}
