// Four halves as they are stored, two to a word, the first lowest.
alias Stored4 = vec2<u32>;
fn wide(v: Stored4) -> vec4<f32> { return vec4(unpack2x16float(v.x), unpack2x16float(v.y)); }

// The nearest halves, of two as near the even one, and infinity from 65,520 on: IEEE 754's rounding, which
// pack2x16float leaves to the driver.
fn halves(v: vec4<f32>) -> vec4<u32> {
    let size = bitcast<vec4<u32>>(v) & vec4(0x7fffffffu);
    let sign = (bitcast<vec4<u32>>(v) >> vec4(16u)) & vec4(0x8000u);
    // The exponent's bias goes from 127 to 15, the last 13 bits are rounded away.
    let normal = (size - vec4(0x38000000u) + vec4(0xfffu) + ((size >> vec4(13u)) & vec4(1u))) >> vec4(13u);
    // Beside 0.5, the last bit of an f32 is that of the halves under 2^-14.
    let small = bitcast<vec4<u32>>(bitcast<vec4<f32>>(size) + vec4(0.5)) - vec4(0x3f000000u);
    let finite = select(normal, small, size < vec4(0x38800000u));
    let other = select(vec4(0x7c00u), vec4(0x7e00u), size > vec4(0x7f800000u));
    return sign | select(finite, other, size >= vec4(0x477ff000u));
}

fn stored(v: vec4<f32>) -> Stored4 {
    let h = halves(v);
    return vec2(h.x | (h.y << 16u), h.z | (h.w << 16u));
}
