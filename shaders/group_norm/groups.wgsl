// The groups of a row of several places: each has some neighbouring channels of every place. CHANNELS counts what an invocation takes at
// once, as COUNT does.
override CHANNELS: u32;
override GROUPS: u32;

fn items() -> u32 { return live_rows() * GROUPS; }

fn channel_of(item: u32, k: u32) -> u32 {
    let width = CHANNELS / GROUPS;
    return item % GROUPS * width + k % width;
}

fn place(item: u32, k: u32) -> u32 {
    return item / GROUPS * (COUNT * GROUPS) + k / (CHANNELS / GROUPS) * CHANNELS + channel_of(item, k);
}
