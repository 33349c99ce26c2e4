// The layer's input. x: rows × INPUTS.
@group(0) @binding(3) var<storage, read> x: array<Stored4>;
