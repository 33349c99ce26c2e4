// f(x) = ln(1 + exp(x)), as max(x, 0) + ln(1 + exp(-|x|)), with slope 1 - exp(-f). NaN stays. ln_1p and exp_m1 come from function/.
fn activation(x: f32) -> f32 { return or_nan(max(x, 0.0) + ln_1p(exp(-abs(x))), x); }
fn slope(y: f32) -> f32 { return -exp_m1(-y); }
