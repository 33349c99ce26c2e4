// The values that change from batch to batch, and the number of an invocation. Joined in front of every kernel.
struct Batch {
    rows: u32,        // samples in this batch
    first: u32,       // place of its first sample in the index list
    epoch: u32,       // batches that a model was trained on before this epoch
    seed: u32,        // what random masks depend on, beside epoch and a sample's place
    rate: f32,        // learning rate
    correction1: f32, // the optimizer's corrections
    correction2: f32,
    correction3: f32,
    global_rows: u32, // samples of the whole batch, of which this one may be a share
    average: f32,     // by which averages of weights follow them
}

@group(1) @binding(0) var<uniform> batch: Batch;

// Rows of a sample in the operands, and of all samples in this batch.
override PER_SAMPLE: u32 = 1u;
fn live_rows() -> u32 { return batch.rows * PER_SAMPLE; }

// Workgroups beyond 65,535 fold into rows: this is the invocation's number in row-major order.
fn number(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return (group.y * groups.x + group.x) * 64u + local;
}
