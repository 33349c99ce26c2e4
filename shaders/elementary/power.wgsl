// f(x) = x^EXPONENT. power comes from elementary/power_of.
override EXPONENT: f32;
fn activation(x: f32) -> f32 { return power(x, EXPONENT); }
fn slope(x: f32) -> f32 { return or_nan(select(EXPONENT * power(x, EXPONENT - 1.0), 0.0, EXPONENT == 0.0), x); }
