// y = activation(x · W + b). x: rows × INPUTS; w: (INPUTS + BIAS) × OUTPUTS with b as its last row; y: rows × OUTPUTS.
// Both sizes are multiples of 4. activation comes from a file in activation/, how numbers are stored from one in number/;
// dense/plain says what else is joined.
@group(0) @binding(0) var<storage, read> x: array<Stored4>;
@group(0) @binding(1) var<storage, read> w: array<Stored4>;
@group(0) @binding(2) var<storage, read_write> y: array<Stored4>;

override INPUTS: u32;
override OUTPUTS: u32;
override BIAS: u32;

fn rows() -> u32 { return live_rows(); }
fn inner() -> u32 { return INPUTS; }
fn cols() -> u32 { return OUTPUTS; }
fn x4(i: u32, k: u32) -> vec4<f32> { return wide(x[(min(i, live_rows() - 1u) * INPUTS + k) / 4u]); }
fn w4(k: u32, j: u32) -> vec4<f32> { return wide(w[(k * OUTPUTS + min(j, OUTPUTS - 4u)) / 4u]); }

fn a(i: u32, k: u32) -> mat4x4<f32> { return mat4x4(x4(i, k), x4(i + 1u, k), x4(i + 2u, k), x4(i + 3u, k)); }
fn b(k: u32, j: u32) -> mat4x4<f32> { return mat4x4(w4(k, j), w4(k + 1u, j), w4(k + 2u, j), w4(k + 3u, j)); }

fn finish_row(i: u32, j: u32, sums: vec4<f32>) {
    if i < live_rows() && j < OUTPUTS {
        var z = sums;
        if BIAS == 1u {
            z += w4(INPUTS, j);
        }
        let f = vec4(activation(z.x), activation(z.y), activation(z.z), activation(z.w));
        y[(i * OUTPUTS + j) / 4u] = stored(f);
    }
}
