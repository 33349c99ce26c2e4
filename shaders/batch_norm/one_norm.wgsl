// The statistics of the parts of a norm. moments: for each part a row of means and one of variances.
@group(0) @binding(0) var<storage, read> moments: array<Numbers>;

fn moment(i: u32) -> Numbers { return moments[i]; }
