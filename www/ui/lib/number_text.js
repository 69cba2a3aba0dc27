// @ts-check
// Parses and formats numbers as people write them. `src/norms/number.rs` is Rust's version; tests/numbers.json checks that both agree.

/** Spaces between thousands. */
const THOUSANDS = /(?<=\d)[ \u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))/g;

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** The form of a number without spaces. <norm-cube>, which imports nothing, has a copy. */
export const NUMBER =
  /^[+\-−]?((\d+[.,]?\d*|[.,]\d+)(e[+\-−]?\d+|[·×*]10(\^[+\-−]?\d+|⁻?[⁰¹²³⁴-⁹]+))?|10(\^[+\-−]?\d+|⁻?[⁰¹²³⁴-⁹]+))$/i;

/**
 * Parses a typed number; NaN if it is not one. Understands "−", "1e-5", "10^-5", "2·10⁻⁵", a decimal comma and spaces between thousands.
 * @param {string} text
 */
export function readNumber(text) {
  const close = text
    .trim()
    .replace(THOUSANDS, "")
    .replace(/\s*([·×*])\s*/g, "$1")
    .replace(/^([+\-−])\s+/, "$1");
  if (!NUMBER.test(close)) return NaN;
  const low = close
    .replace(/[⁻⁰¹²³⁴-⁹]/g, letter => (letter === "⁻" ? "-" : `^${SUPERSCRIPTS.indexOf(letter)}`))
    .replace(/−/g, "-")
    .replace(",", ".");
  // Every raised digit now has its own mark, and a raised sign has none.
  const power = /^([+-]?)(?:([\d.]+)[·×*])?10([\^-].+)$/.exec(low);
  const value = power ? Number(`${power[1]}${power[2] ?? 1}e${power[3].replaceAll("^", "")}`) : Number(low);
  return Number.isFinite(value) ? value : NaN;
}

/** A number as short as possible: "0.62", "2·10⁻⁵". @param {number} value */
export function plain(value) {
  if (value === 0 || Math.abs(value) >= 1e-3) return String(value).replace("-", "−");
  const [mantissa, power] = value.toExponential().split("e-");
  const raised = `10⁻${[...power].map(digit => SUPERSCRIPTS[Number(digit)]).join("")}`;
  const sign = value < 0 ? "−" : "",
    size = mantissa.replace("-", "");
  return size === "1" ? `${sign}${raised}` : `${sign}${size}·${raised}`;
}

/**
 * A number with this many digits after the point; zero has no sign. Halfway between two of them it is the even one, as in
 * Rust, Python and C, whereas `toFixed` takes the greater: 0.8125 is 0.812.
 * @param {number} value
 * @param {number} digits
 * @param {string} [notFinite]
 */
export function fixed(value, digits, notFinite = "not finite") {
  if (!Number.isFinite(value)) return notFinite;
  // A double is halfway only if twice its multiple of 10^digits is odd, and so if this power of two makes it whole.
  const isHalfway = Math.abs((value * 2 ** (digits + 1)) % 2) === 1;
  return value
    .toFixed(digits)
    .replace(/[13579]$/, last => String(Number(last) - Number(isHalfway)))
    .replace(/^-(0\.?0*)$/, "$1")
    .replace("-", "−");
}

/** A share of 1 as results are printed, in `digits` figures: ".972", and 1 as "1.00". @param {number} value @param {number} digits */
export function share(value, digits) {
  const text = fixed(value, digits);
  return text.startsWith("0.") ? text.slice(1) : fixed(value, Math.max(0, digits - 1));
}

/** Without the digits that an f32 does not have, and without an exponent: "0.1" for the f32 nearest to it. @param {number} value @param {number} [digits] */
export function decimal(value, digits = 6) {
  const near = rounded(value, digits),
    text = String(near),
    power = /e-(\d+)$/.exec(text)?.[1];
  return (power ? near.toFixed(Math.min(100, Number(power) + digits)).replace(/\.?0+$/, "") : text).replace(
    "-",
    "−",
  );
}

/** Digits with which every float32 between 0.1 and 1 differs from both. */
const MOST_DIGITS = 8;

/**
 * A number with a fixed number of digits, or more if it would read as a whole number that it is not: the least of values
 * between 0 and 1 is not 0.
 * @param {number} value
 * @param {number} digits
 */
export function distinct(value, digits) {
  let text = fixed(value, digits);
  if (Number.isFinite(value) && Math.abs(value) >= 10 ** -MOST_DIGITS)
    for (let more = digits + 1; more <= MOST_DIGITS && isWholeUnlike(text, value); more++)
      text = fixed(value, more);
  return text;
}

/** @param {string} text @param {number} value */
const isWholeUnlike = (text, value) => /^[^.]*\.0+$/.test(text) && !Number.isInteger(value);

/** A number without the digits that an f32 does not have. @param {number} value @param {number} [digits] */
export const rounded = (value, digits = 6) => Number(value.toPrecision(digits));
