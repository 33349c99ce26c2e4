// a += share · (w - a) of an average a, which takes the place of w, and of weights w in that of g; the batch brings the share.
fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    return Updated(w + batch.average * (g - w), moment0, moment1);
}
