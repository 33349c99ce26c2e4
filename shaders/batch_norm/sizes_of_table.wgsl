// The sizes of the norm that an invocation is of, as a table has them.
var<private> CHANNELS: u32;
var<private> PIXELS: u32;
