// Four pairs of elements at a time, stored as a file in number/ says, for loss/elements. prediction, expected: rows × COLS.
@group(0) @binding(0) var<storage, read> prediction: array<Stored4>;
@group(0) @binding(1) var<storage, read> expected: array<Stored4>;

const WIDTH = 4u;
alias Kept = Stored4;

fn part(row: u32, at: u32) -> f32 {
    let p = wide(prediction[at / 4u]);
    let t = wide(expected[at / 4u]);
    let g = vec4(
        gradient_of(row, p.x, t.x),
        gradient_of(row, p.y, t.y),
        gradient_of(row, p.z, t.z),
        gradient_of(row, p.w, t.w),
    );
    keep(at / 4u, stored(g));
    return (loss(p.x, t.x) + loss(p.y, t.y)) + (loss(p.z, t.z) + loss(p.w, t.w));
}
