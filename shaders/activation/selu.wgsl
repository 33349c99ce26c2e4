// f(x) = λ x for x > 0, else λ α (exp(x) - 1). Its parts come from activation/exponential.
const LAMBDA = 1.0507009873554805;
const LAMBDA_ALPHA = 1.7580993408473769;
fn activation(x: f32) -> f32 { return exponential(x, LAMBDA, LAMBDA_ALPHA); }
fn slope(y: f32) -> f32 { return exponential_slope(y, LAMBDA, LAMBDA_ALPHA); }
