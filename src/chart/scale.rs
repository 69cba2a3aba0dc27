//! Ranges, ticks and their labels; lines clipped to a range; labels kept apart.

/// An axis: its ends and its ticks.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// Lower end.
    pub foot: f64,
    /// Upper end.
    pub top: f64,
    /// Positions between both.
    pub ticks: Vec<f64>,
}

impl Axis {
    /// Makes a range that holds `values` (0 to 1 if there are none) within `bounds`, ending on halves of a round step, with
    /// at most `n_steps` steps, or more if there would be a single tick.
    pub fn around(values: impl Iterator<Item = f64>, bounds: (f64, f64), n_steps: f64) -> Self {
        let finite = values.filter(|value| value.is_finite()).map(|value| value.clamp(bounds.0, bounds.1));
        let (low, high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        /// Minimum width of a range: a narrower one would only show noise.
        const LEAST_SPREAD: f64 = 0.02;
        let pad = (LEAST_SPREAD - (high - low)).max(0.0) / 2.0;
        let (low, high) = ((low - pad).max(bounds.0), (high + pad).min(bounds.1));
        let step = round_step((high - low) / n_steps);
        let half = step / 2.0;
        // The line of a value exactly on the edge would be cut in half.
        let foot = ((low / half - 0.1).floor() * half).max(bounds.0);
        let top = ((high / half + 0.1).ceil() * half).min(bounds.1);
        let ticks = multiples(step, foot, top);
        // One number does not tell a scale.
        let ticks = if ticks.len() > 1 { ticks } else { multiples(round_step(0.8 * half), foot, top) };
        Self { foot, top, ticks }
    }

    /// Makes a range from 0 to `end`, with at most `n_steps` steps, round in units of `unit`.
    pub fn from_zero(end: f64, n_steps: f64, unit: f64) -> Self {
        let step = round_step(end / unit / n_steps) * unit;
        Self { foot: 0.0, top: end, ticks: multiples(step, 0.0, end) }
    }

    /// The position of a value: 0 at the lower end, 1 at the upper.
    pub fn part(&self, value: f64) -> f64 {
        (value - self.foot) / (self.top - self.foot)
    }

    /// Whether it holds a value.
    pub fn holds(&self, value: f64) -> bool {
        (self.foot..=self.top).contains(&value)
    }

    /// Clamps a value to the range.
    pub fn clamp(&self, value: f64) -> f64 {
        value.clamp(self.foot, self.top)
    }

    /// The number of decimals that distinguishes the ticks, in units of `unit`.
    pub fn decimals(&self, unit: f64) -> usize {
        let is_exact = |decimals: &usize| {
            let scale = 10_f64.powi(*decimals as i32) / unit;
            self.ticks.iter().all(|tick| ((tick * scale).round() - tick * scale).abs() < 1e-6)
        };
        (0..4).find(is_exact).unwrap_or(4)
    }
}

/// The smallest of 1, 2 or 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let unit = 10_f64.powf(step.max(f64::MIN_POSITIVE).log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * unit >= step * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * unit
}

fn multiples(step: f64, foot: f64, top: f64) -> Vec<f64> {
    let (first, last) = ((foot / step - 1e-6).ceil() as i64, (top / step + 1e-6).floor() as i64);
    (first..=last).map(|n| n as f64 * step).collect()
}

/// The parts of a line inside a y axis, cut where it crosses the ends; non-finite values split it.
pub fn clip(line: impl IntoIterator<Item = (f64, f64)>, y: &Axis) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![vec![]];
    let mut before: Option<(f64, f64)> = None;
    for (place, value) in line {
        // Where the line from the previous point to this one crosses the end that one of them lies beyond.
        let crossing = |(place0, value0): (f64, f64)| {
            let outer = if y.holds(value) { value0 } else { value };
            let edge = y.clamp(outer);
            (place0 + (place - place0) * (edge - value0) / (value - value0), edge)
        };
        let run = runs.last_mut().expect("there is always one");
        match before {
            Some(point) if value.is_finite() && y.holds(point.1) != y.holds(value) => run.push(crossing(point)),
            Some(_) | None => {}
        }
        if y.holds(value) {
            run.push((place, value));
        } else if !run.is_empty() {
            runs.push(vec![]);
        }
        before = value.is_finite().then_some((place, value));
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Reduces a line to at most `most` points: the minimum and maximum of every few neighbours, in order, and the last.
pub fn thin(points: Vec<(f64, f64)>, most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most {
        return points;
    }
    let last = points[points.len() - 1];
    let chunk_len = points.len().div_ceil((most.saturating_sub(1) / 2).max(1));
    let mut kept = Vec::with_capacity(most);
    for chunk in points.chunks(chunk_len) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let ends = chunk.iter().min_by(by_value).zip(chunk.iter().max_by(by_value));
        let (&a, &b) = ends.expect("a chunk has a point");
        kept.extend(if a.0 <= b.0 { [a, b] } else { [b, a] });
    }
    kept.dedup();
    if kept.last() != Some(&last) {
        kept.push(last);
    }
    kept
}

/// Interpolates a line at `place`; none outside its points.
pub fn value_at(line: &[(f64, f64)], place: f64) -> Option<f64> {
    let after = line.partition_point(|point| point.0 < place);
    let (x1, y1) = *line.get(after)?;
    if x1 == place {
        return Some(y1);
    }
    let (x0, y0) = *line.get(after.checked_sub(1)?)?;
    Some(y0 + (y1 - y0) * (place - x0) / (x1 - x0))
}

/// The median line of several: at each position of any, up to the first end, the median of their values.
pub fn median_line(lines: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    let mut places: Vec<f64> = lines.iter().flatten().map(|point| point.0).collect();
    places = sorted(places);
    places.dedup();
    let medians = places.into_iter().filter_map(|place| {
        let values: Option<Vec<f64>> = lines.iter().map(|line| value_at(line, place)).collect();
        Some((place, median(values?)?))
    });
    medians.collect()
}

/// The median; for an even number of values, the mean of the middle two; none for no values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values = sorted(values);
    let upper = *values.get(values.len() / 2)?;
    Some(if values.len().is_multiple_of(2) { (values[values.len() / 2 - 1] + upper) / 2.0 } else { upper })
}

/// The indices of `keys` in ascending, stable order. The charts' only sort, since each instance of a generic sort adds code.
pub fn order_of(keys: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]));
    order
}

/// Sorts in ascending order.
pub fn sorted(values: Vec<f64>) -> Vec<f64> {
    order_of(&values).into_iter().map(|at| values[at]).collect()
}

/// Moves labels from their `wanted` positions as little as possible, so that they are `apart` from one another, within `range`
/// and in order from the top. If there is not enough room, they share it equally.
pub fn keep_apart(wanted: &[f64], apart: f64, range: (f64, f64)) -> Vec<f64> {
    let n = wanted.len();
    let apart = if n > 1 { apart.min((range.1 - range.0) / (n - 1) as f64) } else { apart };
    let order = order_of(wanted);
    // Neighbours that touch form a block around the mean of their wanted positions.
    let mut clusters: Vec<(f64, usize)> = vec![];
    for &i in &order {
        let mut cluster = (wanted[i], 1_usize);
        while let Some(&(middle, len)) = clusters.last() {
            let half = |len: usize| apart * (len - 1) as f64 / 2.0;
            if middle + half(len) + apart <= cluster.0 - half(cluster.1) {
                break;
            }
            clusters.pop();
            let total = len + cluster.1;
            cluster = ((middle * len as f64 + cluster.0 * cluster.1 as f64) / total as f64, total);
        }
        clusters.push(cluster);
    }
    let mut placed: Vec<f64> = clusters
        .iter()
        .flat_map(|&(middle, len)| (0..len).map(move |k| middle + apart * (k as f64 - (len - 1) as f64 / 2.0)))
        .collect();
    for k in 0..n {
        placed[k] = placed[k].max(if k == 0 { range.0 } else { placed[k - 1] + apart });
    }
    for k in (0..n).rev() {
        placed[k] = placed[k].min(if k + 1 == n { range.1 } else { placed[k + 1] - apart });
    }
    let mut in_order = vec![0.0; n];
    order.iter().zip(placed).for_each(|(&i, y)| in_order[i] = y);
    in_order
}

/// Formats "12 000", with thin spaces.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let from_right = digits.len() % 3;
    let grouped = digits.char_indices().map(|(i, digit)| {
        let starts_group = i > 0 && i % 3 == from_right;
        if starts_group { format!("\u{2009}{digit}") } else { digit.to_string() }
    });
    grouped.collect()
}
