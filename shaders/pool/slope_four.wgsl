// The same as pool/slope_one of four channels.
fn finished(i: u32, sum: Numbers) -> Kept {
    let v = numbers(x[i]);
    return kept(sum * vec4(slope(v.x), slope(v.y), slope(v.z), slope(v.w)));
}
