// What an invocation takes: four numbers.
alias Numbers = vec4<f32>;
alias Bits = vec4<u32>;
