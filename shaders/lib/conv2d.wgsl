// Sizes of a convolution; the kernel is square, padding is the same on all sides.
struct Conv2d {
    n: u32,
    c_in: u32,
    h: u32,
    w: u32,
    c_out: u32,
    h_out: u32,
    w_out: u32,
    kernel: u32,
    padding: u32,
}
