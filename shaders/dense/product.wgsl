// The matrix product C = A · B, 4 rows × 4 columns of C per invocation, without workgroup memory.
// Joined behind a file that defines rows(), inner(), cols(), a(i, k), b(k, j) and finish(i, j, sum).
@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let across = (cols() + 3u) / 4u;
    let tile = number(group, groups, local);
    let top = (tile / across) * 4u;
    let left = (tile % across) * 4u;
    if top >= rows() {
        return;
    }
    // Past the edge the last row or column is computed again, and not stored.
    let r = min(vec4(top, top + 1u, top + 2u, top + 3u), vec4(rows() - 1u));
    let c = min(vec4(left, left + 1u, left + 2u, left + 3u), vec4(cols() - 1u));
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    for (var k = 0u; k < inner(); k++) {
        let v = vec4(b(k, c.x), b(k, c.y), b(k, c.z), b(k, c.w));
        s0 += a(r.x, k) * v;
        s1 += a(r.y, k) * v;
        s2 += a(r.z, k) * v;
        s3 += a(r.w, k) * v;
    }
    store(top, left, s0);
    store(top + 1u, left, s1);
    store(top + 2u, left, s2);
    store(top + 3u, left, s3);
}

fn store(i: u32, left: u32, sums: vec4<f32>) {
    if i >= rows() {
        return;
    }
    for (var j = 0u; j < min(4u, cols() - left); j++) {
        finish(i, left + j, sums[j]);
    }
}
