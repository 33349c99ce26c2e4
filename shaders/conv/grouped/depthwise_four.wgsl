// The same as conv/grouped/one for four filters of a depthwise convolution, each of which sees its own channel.
fn seen_number(pixel: u32, j: u32, input: u32) -> vec4<f32> { return wide(x[pixel * (GROUPS / 4u) + j]); }
