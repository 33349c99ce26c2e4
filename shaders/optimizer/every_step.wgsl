// The corrections of a rule's means, where no step is skipped: the batch brings them.
fn corrections() -> vec3<f32> { return vec3(batch.correction1, batch.correction2, batch.correction3); }
