// The epilogue of pool/maximum_gradient that turns the gradient of the activation that gave x into that of its argument; slope(x)
// comes from activation/.
fn finished(i: u32, sum: Numbers) -> Kept { return kept(sum * slope(numbers(x[i]))); }
