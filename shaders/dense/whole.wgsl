// What a kernel of one product tells dense/plain, dense/tiled and dense/split of its workgroups.
override SLICES = 1u;
fn tile(group: u32) -> u32 { return group; }
fn slices() -> u32 { return SLICES; }
