// The bias corrections of Adam's two means, where no step is skipped: the batch brings them.
fn corrections() -> vec2<f32> { return vec2(batch.correction1, batch.correction2); }
