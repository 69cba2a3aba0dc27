//! A curve in bounded memory: minimum, maximum and mean of every few steps, against the images seen.

/// A trace never holds more buckets than this: three or more pixels per bucket keep a curve readable on a chart of 500,
/// and a band with its mean then has at most 3·160 points.
pub const MAX_BUCKETS: usize = 160;

/// Values in the order they came, in buckets of 1, 2, 4, … steps: as few as keep them below [`MAX_BUCKETS`].
#[derive(Clone, Debug)]
pub struct Trace {
    buckets: Vec<Bucket>,
    bucket_len: u64,
    len: u64,
    first_lost: Option<u64>,
}

/// Some neighbouring values, merged. A monoid: [`Bucket::EMPTY`] is its identity.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bucket {
    /// Position of its first value, in images seen; ∞ if it has none.
    pub start: f64,
    /// Position of its last value; −∞ if it has none.
    pub end: f64,
    /// The smallest finite value; ∞ if there is none.
    pub min: f32,
    /// The largest finite value; −∞ if there is none.
    pub max: f32,
    /// The sum of the finite values.
    pub sum: f64,
    /// The number of finite values.
    pub count: u64,
}

impl Bucket {
    /// No value.
    pub const EMPTY: Self = Self {
        start: f64::INFINITY,
        end: f64::NEG_INFINITY,
        min: f32::INFINITY,
        max: f32::NEG_INFINITY,
        sum: 0.0,
        count: 0,
    };

    /// A bucket of one value at `place`; empty if the value is not finite.
    pub fn of(place: f64, value: f32) -> Self {
        let here = Self { start: place, end: place, ..Self::EMPTY };
        if value.is_finite() { Self { min: value, max: value, sum: f64::from(value), count: 1, ..here } } else { here }
    }

    /// Merges two buckets.
    pub fn merge(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }

    /// The mean of the finite values, if there are any.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Its middle, in images seen.
    pub fn middle(self) -> f64 {
        (self.start + self.end) / 2.0
    }

    /// The bucket with only `kept` of its `had` steps: mean and extremes stay, since merged values cannot be
    /// separated.
    fn shorten(self, kept: u64, had: u64) -> Self {
        let count = (self.count * kept).div_ceil(had);
        let end = self.start + (self.end - self.start) * (kept - 1) as f64 / (had - 1).max(1) as f64;
        Self { end, sum: self.mean().unwrap_or(0.0) * count as f64, count, ..self }
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self { buckets: vec![], bucket_len: 1, len: 0, first_lost: None }
    }
}

impl Trace {
    /// Adds the value of the next step, after which this many images had been seen.
    pub fn push(&mut self, images: f64, value: f32) {
        if self.len == self.bucket_len * MAX_BUCKETS as u64 {
            self.buckets = coarser(&self.buckets, 2);
            self.bucket_len *= 2;
        }
        if self.len.is_multiple_of(self.bucket_len) {
            self.buckets.push(Bucket::EMPTY);
        }
        if !value.is_finite() && self.first_lost.is_none() {
            self.first_lost = Some(self.len + 1);
        }
        let bucket = self.buckets.last_mut().expect("one was pushed");
        *bucket = bucket.merge(Bucket::of(images, value));
        self.len += 1;
    }

    /// Forgets all but the first `len` values. A bucket that is cut in two keeps its mean and extremes.
    pub fn cut(&mut self, len: u64) {
        if len >= self.len {
            return;
        }
        let n_whole = len / self.bucket_len;
        let (kept, had) = (len % self.bucket_len, (self.len - n_whole * self.bucket_len).min(self.bucket_len));
        self.buckets.truncate(n_whole as usize + usize::from(kept > 0));
        if let (Some(bucket), 1..) = (self.buckets.last_mut(), kept) {
            *bucket = bucket.shorten(kept, had);
        }
        self.len = len;
        self.first_lost = self.first_lost.filter(|&step| step <= len);
    }

    /// The number of values.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first step, counted from 1, whose value was not finite.
    pub fn first_lost(&self) -> Option<u64> {
        self.first_lost
    }

    /// Steps per bucket.
    pub fn bucket_len(&self) -> u64 {
        self.bucket_len
    }

    /// The buckets, first to last.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Images seen after the last step.
    pub fn end(&self) -> f64 {
        self.buckets.last().map_or(0.0, |bucket| bucket.end)
    }

    /// The bucket that holds the last step at or before `images`; the first one if there is none before.
    pub fn at(&self, images: f64) -> Option<Bucket> {
        let n_begun = self.buckets.partition_point(|bucket| bucket.start <= images);
        self.buckets.get(n_begun.saturating_sub(1)).copied()
    }
}

/// Merges every `n` neighbours.
pub fn coarser(buckets: &[Bucket], n: usize) -> Vec<Bucket> {
    buckets.chunks(n.max(1)).map(|some| some.iter().copied().fold(Bucket::EMPTY, Bucket::merge)).collect()
}
