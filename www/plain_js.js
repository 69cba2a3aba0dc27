// @ts-check
// The bench's baseline: the norms written by hand in scalar JavaScript, one pass over the values with sums in f64.
// No library that was measured is faster forward and backward. Arrays are allocated once per item.

/** @import { Arrays, Spec } from "./bench_items.js" */
/** @typedef {{ n: number, c: number, planeLen: number, batchSpan: number, channelSpan: number }} Tiling */
/** @typedef {{ run(): void, check(): Record<string, Float32Array | Float64Array> }} PlainItem */

const EPSILON = 1e-5;

/**
 * Returns the item in plain JavaScript; null for kinds that have none.
 *
 * @param {Spec} spec
 * @param {Arrays} data
 * @returns {PlainItem | null}
 */
export function plainItem(spec, data) {
  switch (spec.kind) {
    case "moments":
      return plainMoments(tiling(spec), data);
    case "fwd":
      return plainForward(tiling(spec), data);
    case "fwdbwd":
      return plainBackward(tiling(spec), data);
    case "gemm":
      return plainGemm(spec.dims, data);
    case "train":
      return null;
  }
}

/** @param {{ norm: string, shape: number[] }} spec @returns {Tiling} */
function tiling({ norm, shape: [n, c, h, w] }) {
  const [batchSpan, channelSpan] = { bn: [n, 1], ln: [1, c], in: [1, 1], gn: [1, c / 4] }[norm] ?? [1, 1];
  return { n, c, planeLen: h * w, batchSpan, channelSpan };
}

/** Calls `visit(group, n0, c0)` for every tile. @param {Tiling} t @param {(g: number, n0: number, c0: number) => void} visit */
function forEachGroup(t, visit) {
  let group = 0;
  for (let n0 = 0; n0 < t.n; n0 += t.batchSpan) {
    for (let c0 = 0; c0 < t.c; c0 += t.channelSpan) visit(group++, n0, c0);
  }
}

/** @param {Tiling} t */
const groupCount = t => (t.n / t.batchSpan) * (t.c / t.channelSpan);

/** @param {Tiling} t @param {Arrays} data @returns {PlainItem} */
function plainMoments(t, { x }) {
  const mean = new Float64Array(groupCount(t));
  const variance = new Float64Array(groupCount(t));
  return { run: () => moments(t, x, mean, variance), check: () => ({ mean, var: variance }) };
}

/** @param {Tiling} t @param {Float32Array} x @param {Float64Array} mean @param {Float64Array} variance */
function moments(t, x, mean, variance) {
  const { c, planeLen, batchSpan, channelSpan } = t;
  const count = batchSpan * channelSpan * planeLen;
  forEachGroup(t, (group, n0, c0) => {
    let sum = 0;
    let squares = 0;
    for (let n = n0; n < n0 + batchSpan; n++) {
      const start = (n * c + c0) * planeLen;
      const end = start + channelSpan * planeLen;
      for (let i = start; i < end; i++) {
        const value = x[i];
        sum += value;
        squares += value * value;
      }
    }
    mean[group] = sum / count;
    variance[group] = squares / count - mean[group] * mean[group];
  });
}

/** @param {Tiling} t @param {Arrays} data @returns {PlainItem} */
function plainForward(t, { x, gamma, beta }) {
  const mean = new Float64Array(groupCount(t));
  const variance = new Float64Array(groupCount(t));
  const y = new Float32Array(x.length);
  const run = () => {
    moments(t, x, mean, variance);
    forward(t, x, gamma, beta, mean, variance, y);
  };
  return { run, check: () => ({ y }) };
}

/**
 * @param {Tiling} t @param {Float32Array} x @param {Float32Array} gamma @param {Float32Array} beta
 * @param {Float64Array} mean @param {Float64Array} variance @param {Float32Array} y
 */
function forward(t, x, gamma, beta, mean, variance, y) {
  const { c, planeLen, batchSpan, channelSpan } = t;
  forEachGroup(t, (group, n0, c0) => {
    const rstd = 1 / Math.sqrt(variance[group] + EPSILON);
    for (let n = n0; n < n0 + batchSpan; n++) {
      for (let channel = c0; channel < c0 + channelSpan; channel++) {
        const scale = gamma[channel] * rstd;
        const shift = beta[channel] - mean[group] * scale;
        const start = (n * c + channel) * planeLen;
        for (let i = start; i < start + planeLen; i++) y[i] = scale * x[i] + shift;
      }
    }
  });
}

/** @param {Tiling} t @param {Arrays} data @returns {PlainItem} */
function plainBackward(t, { x, gamma, beta, dy }) {
  const mean = new Float64Array(groupCount(t));
  const variance = new Float64Array(groupCount(t));
  const y = new Float32Array(x.length);
  const dx = new Float32Array(x.length);
  const dgamma = new Float64Array(t.c);
  const dbeta = new Float64Array(t.c);
  const run = () => {
    moments(t, x, mean, variance);
    forward(t, x, gamma, beta, mean, variance, y);
    dgamma.fill(0);
    dbeta.fill(0);
    const count = t.batchSpan * t.channelSpan * t.planeLen;
    forEachGroup(t, (group, n0, c0) => {
      const rstd = 1 / Math.sqrt(variance[group] + EPSILON);
      const [g, gx] = gradientSums(t, n0, c0, x, dy, gamma, mean[group], rstd, dgamma, dbeta);
      groupGradient(t, n0, c0, x, dy, gamma, mean[group], rstd, g / count, gx / count, dx);
    });
  };
  return { run, check: () => ({ dx, dgamma, dbeta }) };
}

/**
 * Σ γ·dy and Σ γ·dy·x̂ of a group; adds to dγ and dβ.
 *
 * @param {Tiling} t @param {number} n0 @param {number} c0 @param {Float32Array} x @param {Float32Array} dy
 * @param {Float32Array} gamma @param {number} mean @param {number} rstd @param {Float64Array} dgamma
 * @param {Float64Array} dbeta @returns {[number, number]}
 */
function gradientSums(t, n0, c0, x, dy, gamma, mean, rstd, dgamma, dbeta) {
  let [g, gx] = [0, 0];
  for (let n = n0; n < n0 + t.batchSpan; n++) {
    for (let channel = c0; channel < c0 + t.channelSpan; channel++) {
      const start = (n * t.c + channel) * t.planeLen;
      let sum = 0;
      let product = 0;
      for (let i = start; i < start + t.planeLen; i++) {
        sum += dy[i];
        product += dy[i] * (x[i] - mean);
      }
      dbeta[channel] += sum;
      dgamma[channel] += product * rstd;
      g += gamma[channel] * sum;
      gx += gamma[channel] * product * rstd;
    }
  }
  return [g, gx];
}

/**
 * dx = rstd·(γ·dy − E[γ·dy] − x̂·E[γ·dy·x̂]) for a group.
 *
 * @param {Tiling} t @param {number} n0 @param {number} c0 @param {Float32Array} x @param {Float32Array} dy
 * @param {Float32Array} gamma @param {number} mean @param {number} rstd @param {number} meanG
 * @param {number} meanGx @param {Float32Array} dx
 */
function groupGradient(t, n0, c0, x, dy, gamma, mean, rstd, meanG, meanGx, dx) {
  for (let n = n0; n < n0 + t.batchSpan; n++) {
    for (let channel = c0; channel < c0 + t.channelSpan; channel++) {
      const start = (n * t.c + channel) * t.planeLen;
      const byDy = rstd * gamma[channel];
      const byX = -rstd * rstd * meanGx;
      const one = -rstd * meanG - byX * mean;
      for (let i = start; i < start + t.planeLen; i++) dx[i] = byDy * dy[i] + byX * x[i] + one;
    }
  }
}

/** @param {number[]} dims @param {Arrays} data @returns {PlainItem} */
function plainGemm([m, k, n], { a, b }) {
  const c = new Float32Array(m * n);
  const row = new Float64Array(n);
  const run = () => {
    for (let i = 0; i < m; i++) {
      row.fill(0);
      for (let p = 0; p < k; p++) {
        const factor = a[i * k + p];
        const start = p * n;
        for (let j = 0; j < n; j++) row[j] += factor * b[start + j];
      }
      c.set(row, i * n);
    }
  };
  return { run, check: () => ({ c }) };
}
