// The values that change from batch to batch, and the number of an invocation. Joined in front of every kernel.
struct Batch {
    rows: u32,        // samples in this batch
    first: u32,       // place of its first sample in the index list
    step: u32,        // batches run before this one
    seed: u32,        // what random masks depend on, beside step
    rate: f32,        // learning rate
    correction1: f32, // the optimizer's bias corrections
    correction2: f32,
    padding: u32,
}

@group(1) @binding(0) var<uniform> batch: Batch;

// Workgroups beyond 65,535 fold into rows: this is the invocation's number in row-major order.
fn number(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return (group.y * groups.x + group.x) * 64u + local;
}
