// There are no labels to gather.
fn gather_labels(i: u32) {}
