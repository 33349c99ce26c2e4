// The mean of a group, and 1 / √(var + EPSILON), by which its numbers are multiplied once the mean is gone. The variance is the mean
// of (x - mean)², in which nothing cancels. An item of lanes/one or lanes/many is a group; which it is, and where number k of it lies,
// say group_norm/row or group_norm/groups. x: rows × (places · channels).
@group(0) @binding(0) var<storage, read> x: array<Kept>;

// Numbers of a group, by ones or fours as an invocation takes them.
override COUNT: u32;
override EPSILON: f32;

struct Moments {
    mean: f32,
    inverse: f32,
}

// The mean over a group, of a lane's share of its sum.
fn average(part: Numbers, lane: u32) -> f32 { return total(sum_of(part), lane) / f32(COUNT * AT_ONCE); }

fn moments(item: u32, lane: u32) -> Moments {
    var part = Numbers(0.0);
    for (var k = lane; k < COUNT; k += LANES) {
        part += numbers(x[place(item, k)]);
    }
    let mean = average(part, lane);
    var squares = Numbers(0.0);
    for (var k = lane; k < COUNT; k += LANES) {
        let away = numbers(x[place(item, k)]) - mean;
        squares += away * away;
    }
    return Moments(mean, 1.0 / sqrt(average(squares, lane) + EPSILON));
}
