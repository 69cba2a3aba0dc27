// A partition of the N×C table of planes into tiles of batch_span × channel_span planes.
struct Grouping {
    n: u32,
    c: u32,
    batch_span: u32,
    channel_span: u32,
}

fn n_groups(grouping: Grouping) -> u32 {
    return (grouping.n / grouping.batch_span) * (grouping.c / grouping.channel_span);
}

fn group_len(grouping: Grouping) -> u32 {
    return grouping.batch_span * grouping.channel_span;
}

fn group_of(grouping: Grouping, plane: u32) -> u32 {
    let tiles_a_row = grouping.c / grouping.channel_span;
    return (plane / grouping.c / grouping.batch_span) * tiles_a_row + (plane % grouping.c) / grouping.channel_span;
}

// The plane at position `member_idx` of a group; members are numbered image by image.
fn member(grouping: Grouping, group: u32, member_idx: u32) -> u32 {
    let tiles_a_row = grouping.c / grouping.channel_span;
    let n = group / tiles_a_row * grouping.batch_span + member_idx / grouping.channel_span;
    let c = group % tiles_a_row * grouping.channel_span + member_idx % grouping.channel_span;
    return n * grouping.c + c;
}
