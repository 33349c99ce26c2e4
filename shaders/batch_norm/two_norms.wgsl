// The statistics of the parts of two norms, of which of_other says which. Both: for each part a row of means and one of variances.
@group(0) @binding(0) var<storage, read> moments: array<Numbers>;
@group(0) @binding(4) var<storage, read> other_moments: array<Numbers>;

var<private> of_other: bool;

fn moment(i: u32) -> Numbers {
    if of_other {
        return other_moments[i];
    }
    return moments[i];
}
