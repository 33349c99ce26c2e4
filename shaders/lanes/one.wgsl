// One invocation, a lane of its own, for each item. items, how many there are, and work come from the file of the op.
const LANES = 1u;

fn total(sum: f32, lane: u32) -> f32 { return sum; }

fn best_of_all(best: Best, lane: u32) -> Best { return best; }

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = number(group, groups, local);
    if item < items() {
        work(item, 0u);
    }
}
