// w -= rate · g. Returns the parameter and two unused moments.
fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    return Updated(w - rate() * g, moment0, moment1);
}
