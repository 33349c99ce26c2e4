// The mean and the variance of each channel in each part of the batch; the variance is the mean of (x - mean)², in which nothing cancels.
// x: pixels × CHANNELS; moments: for each part a row of means and one of variances.
@group(0) @binding(0) var<storage, read> x: array<Kept>;
@group(0) @binding(1) var<storage, read_write> moments: array<Numbers>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = CHANNELS / AT_ONCE;
    let mine = share_of(group.y * groups.x + group.x, local);
    let count = f32(max(samples_of(mine.part) * PIXELS, 1u));
    var sum = Numbers(0.0);
    for (var pixel = mine.first; pixel < mine.end; pixel += mine.step) {
        sum += numbers(x[pixel * row + mine.c]);
    }
    let mean = total(sum, local) / count;
    var squares = Numbers(0.0);
    for (var pixel = mine.first; pixel < mine.end; pixel += mine.step) {
        let away = numbers(x[pixel * row + mine.c]) - mean;
        squares += away * away;
    }
    let variance = total(squares, local) / count;
    if mine.inside && local < WIDTH {
        moments[2u * mine.part * row + mine.c] = mean;
        moments[(2u * mine.part + 1u) * row + mine.c] = variance;
    }
}
