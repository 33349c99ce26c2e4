// The step of a rule without moments.
fn advance(i: u32, gradient: Numbers) {
    parameters[i] = update(parameters[i], gradient, Numbers(), Numbers()).w;
}
