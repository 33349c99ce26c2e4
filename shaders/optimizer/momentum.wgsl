// v = μ v + g, then w -= rate · v, or Nesterov's way w -= rate · (g + μ v). Returns w, v and an unused moment.
override MOMENTUM: f32;
override NESTEROV: u32;

fn update(w: Numbers, g: Numbers, moment0: Numbers, moment1: Numbers) -> Updated {
    let v = MOMENTUM * moment0 + g;
    let step = select(v, g + MOMENTUM * v, NESTEROV == 1u);
    return Updated(w - rate() * step, v, moment1);
}
