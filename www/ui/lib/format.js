// @ts-check
// Formats counts, shares, times and lists. number_text.js formats plain numbers; texts from Rust stay as they are.

import { decimal, fixed } from "./number_text.js";

/** Between thousands: a narrow no-break space. */
const THOUSANDS = "\u202f";

const MINUS = "−";

/** A whole number: "12 845 056". @param {number} value */
export const integer = value => signed(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THOUSANDS));

/** A whole number and its noun: "1 lane", "2 lanes". @param {number} value @param {string} noun */
export const quantity = (value, noun) => `${integer(value)} ${noun}${value === 1 ? "" : "s"}`;

/** A share as a percentage: "7.3 %", "97 %". @param {number} value */
export const percent = value => `${fixed(100 * value, value > 0.9995 || value < 0.0995 ? 1 : 0)} %`;

/** A summand: "+ 0.5", "− 0.25". @param {number} value @param {number} [digits] */
export const added = (value, digits) => `${value < 0 ? MINUS : "+"} ${decimal(Math.abs(value), digits)}`;

/** Turns a leading hyphen into a minus. @param {string} text */
const signed = text => text.replace(/^-/, MINUS);

/** @param {number} bytes */
export const megabytes = bytes => fixed(bytes / 1e6, 1);

/** "0:42", "1:03:20". @param {number} seconds */
export function clock(seconds) {
  const whole = Math.round(seconds),
    s = whole % 60,
    m = Math.floor(whole / 60) % 60,
    h = Math.floor(whole / 3600);
  const two = (/** @type {number} */ v) => String(v).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** "40 s", "12 min", "3.5 h". @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${fixed(seconds / 3600, 1)} h`;
}

/** "a", "a and b", "a, b and c". @param {string[]} words */
export function listed(words) {
  const last = words.at(-1) ?? "";
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${last}` : last;
}

/** Capitalizes the first letter. @param {string} words */
export const capital = words => words.charAt(0).toUpperCase() + words.slice(1);

/** The message of an error, whatever was thrown. @param {unknown} fault */
export const messageOf = fault =>
  String(fault && typeof fault === "object" && "message" in fault ? fault.message : fault);
