// folded = W · scale / √(variance + EPSILON), and behind it the row of the bias, (b - mean) · scale / √(variance + EPSILON) + shift.
// w: (TAPS + BIAS) × FILTERS; affine: a row of scales and one of shifts; moments: means and variances.
override FILTERS: u32;
override TAPS: u32;
override BIAS: u32;
override EPSILON: f32;

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> affine: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read_write> folded: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= (TAPS + 1u) * FILTERS {
        return;
    }
    let column = i % FILTERS;
    let factor = affine[column] / sqrt(moments[FILTERS + column] + EPSILON);
    if i < TAPS * FILTERS {
        folded[i] = w[i] * factor;
        return;
    }
    let bias = select(0.0, w[min(i, (TAPS + BIAS) * FILTERS - 1u)], BIAS == 1u);
    folded[i] = (bias - moments[column]) * factor + affine[FILTERS + column];
}
