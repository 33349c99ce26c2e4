// What an invocation takes: one number.
alias Numbers = f32;
alias Bits = u32;
