// The step of a rule with two moments. moment0, moment1: LENGTH Numbers.
@group(0) @binding(3) var<storage, read_write> moment0: array<Numbers>;
@group(0) @binding(4) var<storage, read_write> moment1: array<Numbers>;

fn advance(i: u32, gradient: Numbers) {
    let next = update(parameters[i], gradient, moment0[i], moment1[i]);
    parameters[i] = next.w;
    moment0[i] = next.moment0;
    moment1[i] = next.moment1;
}
