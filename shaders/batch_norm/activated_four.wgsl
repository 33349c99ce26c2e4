// The activation of four numbers.
fn activated(z: Numbers) -> Numbers {
    return Numbers(activation(z.x), activation(z.y), activation(z.z), activation(z.w));
}
