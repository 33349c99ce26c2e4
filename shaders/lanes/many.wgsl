// One workgroup for each item, whose invocations are its lanes: each takes every LANES-th number. items, how many there are, and
// work come from the file of the op; tree comes from lanes/tree.
const LANES = 64u;
var<workgroup> bests: array<Best, 64>;

fn total(sum: f32, lane: u32) -> f32 { return tree(sum, lane, 1u); }

fn best_of_all(best: Best, lane: u32) -> Best {
    workgroupBarrier();
    bests[lane] = best;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            bests[lane] = better(bests[lane], bests[lane + half]);
        }
    }
    workgroupBarrier();
    return bests[0];
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = group.y * groups.x + group.x;
    if item < items() {
        work(item, local);
    }
}
