//! A curve of any length in bounded memory: the least, the greatest and the mean of every few steps.

/// A trace never holds more buckets than this: three pixels or more a bucket keep a curve readable on a chart of 500,
/// and a band with its mean then has at most 3·160 points.
pub const MAX_BUCKETS: usize = 160;

/// Values in the order they came, in buckets of 1, 2, 4, … steps: as few as keep them below [`MAX_BUCKETS`].
#[derive(Clone, Debug)]
pub struct Trace {
    buckets: Vec<Bucket>,
    bucket_len: u64,
    len: u64,
    last: f32,
    first_lost: Option<u64>,
}

/// Some neighbouring values, merged. A monoid: [`Bucket::EMPTY`] is its identity.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bucket {
    /// The least finite value; ∞ if there is none.
    pub min: f32,
    /// The greatest finite value; −∞ if there is none.
    pub max: f32,
    /// The sum of the finite values.
    pub sum: f64,
    /// How many finite values.
    pub count: u64,
}

impl Bucket {
    /// No value.
    pub const EMPTY: Self = Self { min: f32::INFINITY, max: f32::NEG_INFINITY, sum: 0.0, count: 0 };

    /// A bucket of one value; an empty one if it is not finite.
    pub fn of(value: f32) -> Self {
        if value.is_finite() { Self { min: value, max: value, sum: f64::from(value), count: 1 } } else { Self::EMPTY }
    }

    /// Both together.
    pub fn merge(self, other: Self) -> Self {
        Self {
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
}

impl Default for Trace {
    fn default() -> Self {
        Self { buckets: vec![], bucket_len: 1, len: 0, last: f32::NAN, first_lost: None }
    }
}

impl Trace {
    /// Adds the next value.
    pub fn push(&mut self, value: f32) {
        if self.len == self.bucket_len * MAX_BUCKETS as u64 {
            self.buckets =
                self.buckets.chunks(2).map(|pair| pair.iter().copied().fold(Bucket::EMPTY, Bucket::merge)).collect();
            self.bucket_len *= 2;
        }
        if self.len.is_multiple_of(self.bucket_len) {
            self.buckets.push(Bucket::EMPTY);
        }
        if !value.is_finite() && self.first_lost.is_none() {
            self.first_lost = Some(self.len + 1);
        }
        let bucket = self.buckets.last_mut().expect("one was pushed");
        *bucket = bucket.merge(Bucket::of(value));
        self.len += 1;
        self.last = value;
    }

    /// How many values came.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether none came.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The last value.
    pub fn last(&self) -> Option<f32> {
        (self.len > 0).then_some(self.last)
    }

    /// The step, counted from 1, whose value was the first that is not finite.
    pub fn first_lost(&self) -> Option<u64> {
        self.first_lost
    }

    /// Steps a bucket.
    pub fn bucket_len(&self) -> u64 {
        self.bucket_len
    }

    /// The buckets, each with the step in its middle; steps count from 1.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, Bucket)> {
        (0_u64..).zip(&self.buckets).map(|(i, &bucket)| {
            let first = i * self.bucket_len + 1;
            let last = ((i + 1) * self.bucket_len).min(self.len);
            ((first + last) as f64 / 2.0, bucket)
        })
    }

    /// The value of the last step; once buckets hold more, the mean of the last two of them: of one alone it would jump
    /// whenever a bucket begins.
    pub fn recent_mean(&self) -> Option<f64> {
        let n_buckets = if self.bucket_len == 1 { 1 } else { 2 };
        let recent = self.buckets.iter().rev().take(n_buckets);
        recent.copied().fold(Bucket::EMPTY, Bucket::merge).mean()
    }

    /// The least and greatest finite value.
    pub fn range(&self) -> Option<(f32, f32)> {
        let all = self.buckets.iter().copied().fold(Bucket::EMPTY, Bucket::merge);
        (all.count > 0).then_some((all.min, all.max))
    }
}
