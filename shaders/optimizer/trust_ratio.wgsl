// w -= rate · ‖w‖ / ‖u‖ · u of the numbers FIRST..END, with u = step + DECAY · w; the ratio is 1 where either norm is 0. One
// workgroup. factor: the optimizer's, of which a negative one means no update.
@group(0) @binding(0) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> steps: array<f32>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

override FIRST: u32;
override END: u32;
override DECAY: f32;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var own = 0.0;
    var change = 0.0;
    for (var i = FIRST + lane; i < END; i += 64u) {
        let w = parameters[i];
        let u = steps[i] + DECAY * w;
        own += w * w;
        change += u * u;
    }
    let norms = sqrt(vec2(tree(own, lane, 1u), tree(change, lane, 1u)));
    let ratio = select(1.0, norms.x / norms.y, norms.x > 0.0 && norms.y > 0.0);
    if factor[0] < 0.0 {
        return;
    }
    for (var i = FIRST + lane; i < END; i += 64u) {
        let w = parameters[i];
        parameters[i] = w - rate() * ratio * (steps[i] + DECAY * w);
    }
}
