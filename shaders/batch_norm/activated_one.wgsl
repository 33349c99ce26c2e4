// The activation of a number.
fn activated(z: Numbers) -> Numbers { return activation(z); }
