//! Shaders without comments, indentation and empty lines, which a third of their text is and no device reads. Done at compile
//! time, so that what is left out is not in the wasm either.

/// The facts of the kernel of a module, its shader stripped.
macro_rules! stripped {
    ($stem:ident) => {{
        const TEXT: &str = $stem::INFO.wgsl;
        const BYTES: [u8; $crate::kernel::strip::stripped_len(TEXT)] = $crate::kernel::strip::strip(TEXT);
        const WGSL: &str = match str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("a shader without its comments is text as before"),
        };
        const INFO: KernelInfo = KernelInfo { wgsl: WGSL, ..$stem::INFO };
        &INFO
    }};
}
pub(super) use stripped;

/// Bytes that [`strip`] leaves.
pub(super) const fn stripped_len(text: &str) -> usize {
    let (mut at, mut len) = (0, 0);
    while at < text.len() {
        let line = Line::at(text.as_bytes(), at);
        len += line.len_left();
        at = line.next;
    }
    len
}

/// The text without `//` comments, and of each line without what is blank at its ends; N is its [`stripped_len`].
pub(super) const fn strip<const N: usize>(text: &str) -> [u8; N] {
    let (bytes, mut left) = (text.as_bytes(), [b'\n'; N]);
    let (mut at, mut len) = (0, 0);
    while at < bytes.len() {
        let line = Line::at(bytes, at);
        let mut from = line.start;
        while from < line.end {
            left[len + from - line.start] = bytes[from];
            from += 1;
        }
        len += line.len_left();
        at = line.next;
    }
    left
}

/// What of a line is left, and where the next one starts.
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

impl Line {
    const fn at(bytes: &[u8], first: usize) -> Self {
        let mut start = first;
        while start < bytes.len() && bytes[start] == b' ' {
            start += 1;
        }
        let mut next = start;
        while next < bytes.len() && bytes[next] != b'\n' {
            next += 1;
        }
        let mut end = start;
        while end < next && !(bytes[end] == b'/' && end + 1 < next && bytes[end + 1] == b'/') {
            end += 1;
        }
        while end > start && bytes[end - 1] == b' ' {
            end -= 1;
        }
        Self { start, end, next: next + 1 }
    }

    /// Its bytes with the line's end; none of an empty line.
    const fn len_left(&self) -> usize {
        if self.start == self.end { 0 } else { self.end - self.start + 1 }
    }
}
