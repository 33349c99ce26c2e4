// The step of a rule with one moment. moment0: LENGTH Numbers.
@group(0) @binding(3) var<storage, read_write> moment0: array<Numbers>;

fn advance(i: u32, gradient: Numbers) {
    let next = update(parameters[i], gradient, moment0[i], Numbers());
    parameters[i] = next.w;
    moment0[i] = next.moment0;
}
