// A random affine transform for each sample: from a pixel back to its source, about the middle of the image. transform: rows × 6.
@group(0) @binding(0) var<storage, read_write> transform: array<f32>;

override ROTATION: f32; // turns
override SHEAR: f32;
override SHIFT_X: f32;
override SHIFT_Y: f32;
override LEAST: f32;
override MOST: f32;
override FLIP_X: f32;
override FLIP_Y: f32;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = number(group, groups, local);
    if i >= batch.rows {
        return;
    }
    let which = 7u * (batch.first + i);
    let turns = ROTATION * (2.0 * unit(which) - 1.0);
    let sine_of = sine(select(turns, sign(turns) * 0.5 - turns, abs(turns) > 0.25));
    let cosine_of = cosine(turns);
    let tilt = SHEAR * (2.0 * unit(which + 1u) - 1.0);
    let slope = sine(tilt) / cosine(tilt);
    let x = SHIFT_X * (2.0 * unit(which + 2u) - 1.0);
    let y = SHIFT_Y * (2.0 * unit(which + 3u) - 1.0);
    let size = LEAST + (MOST - LEAST) * unit(which + 4u);
    let right = select(size, -size, unit(which + 5u) < FLIP_X);
    let down = select(size, -size, unit(which + 6u) < FLIP_Y);
    let a = (cosine_of - slope * sine_of) / right;
    let b = (sine_of + slope * cosine_of) / right;
    let c = -sine_of / down;
    let d = cosine_of / down;
    transform[6u * i] = a;
    transform[6u * i + 1u] = b;
    transform[6u * i + 2u] = -(a * x + b * y);
    transform[6u * i + 3u] = c;
    transform[6u * i + 4u] = d;
    transform[6u * i + 5u] = -(c * x + d * y);
}
