// A partition of the values of a tensor into boxes of equal size. Values, boxes, and the members of a box are numbered
// row-major.
struct Tiling {
    shape: vec4<u32>,
    spans: vec4<u32>,
}

fn product(lengths: vec4<u32>) -> u32 {
    return lengths.x * lengths.y * lengths.z * lengths.w;
}

fn n_tiles(tiling: Tiling) -> u32 {
    return product(tiling.shape / tiling.spans);
}

fn tile_len(tiling: Tiling) -> u32 {
    return product(tiling.spans);
}

fn split(index: u32, lengths: vec4<u32>) -> vec4<u32> {
    let row = index / lengths.w;
    let plane = row / lengths.z;
    return vec4<u32>(plane / lengths.y, plane % lengths.y, row % lengths.z, index % lengths.w);
}

fn join(place: vec4<u32>, lengths: vec4<u32>) -> u32 {
    return ((place.x * lengths.y + place.y) * lengths.z + place.z) * lengths.w + place.w;
}

// The box of a value.
fn tile_of(tiling: Tiling, index: u32) -> u32 {
    return join(split(index, tiling.shape) / tiling.spans, tiling.shape / tiling.spans);
}

// The value at position `member_idx` of a box.
fn member(tiling: Tiling, tile: u32, member_idx: u32) -> u32 {
    let start = split(tile, tiling.shape / tiling.spans) * tiling.spans;
    return join(start + split(member_idx, tiling.spans), tiling.shape);
}
