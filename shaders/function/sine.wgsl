// Sine and cosine of angles in turns, as on the CPU (src/ops/random.rs): WGSL lets its own be off by 2^-11.

// Of -0.25 to 0.25, by its series.
fn sine(turns: f32) -> f32 {
    let x = 6.2831855 * turns;
    let square = x * x;
    let high = 1.0 - square * 0.013888889 * (1.0 - square * 0.009090909 * (1.0 - square * 0.0064102565));
    return x * (1.0 - square * 0.16666667 * (1.0 - square * 0.05 * (1.0 - square * 0.023809524 * high)));
}

// Of -0.5 to 0.5.
fn cosine(turns: f32) -> f32 {
    return sine(0.25 - abs(turns));
}
