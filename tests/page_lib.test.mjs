// The page's smallest parts: how numbers are written and read, who is told of news, how elements are made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { html, math, svg } from "../www/ui/lib/dom.js";
import { Emitter } from "../www/ui/lib/emitter.js";
import {
  added,
  capital,
  clock,
  duration,
  integer,
  listed,
  megabytes,
  messageOf,
  percent,
  quantity,
} from "../www/ui/lib/format.js";
import { decimal, fixed, plain, readNumber, rounded, share } from "../www/ui/lib/number_text.js";

/** Every call, and what it writes. */
const WRITTEN = [
  [integer(0), "0"],
  [integer(999), "999"],
  [integer(1000), "1\u202f000"],
  [integer(12845056), "12\u202f845\u202f056"],
  [integer(-1234.4), "−1\u202f234"],
  [quantity(1, "lane"), "1 lane"],
  [quantity(2, "lane"), "2 lanes"],
  [quantity(0, "lane"), "0 lanes"],
  [quantity(1000, "image"), "1\u202f000 images"],
  [fixed(0.97249, 3), "0.972"],
  [fixed(-1.5, 2), "−1.50"],
  [fixed(-0.0004, 3), "0.000"],
  [fixed(-0, 1), "0.0"],
  [fixed(NaN, 2), "not finite"],
  [fixed(-Infinity, 2, "∞"), "∞"],
  [share(0.9724, 3), ".972"],
  [share(1, 3), "1.00"],
  [percent(0.97), "97 %"],
  [percent(0.0734), "7.3 %"],
  [percent(0.9997), "100.0 %"],
  [decimal(Math.fround(0.1)), "0.1"],
  [decimal(-0.5), "−0.5"],
  [decimal(1e-7), "0.0000001"],
  [decimal(1.4142, 3), "1.41"],
  [plain(0), "0"],
  [plain(0.62), "0.62"],
  [plain(1e-5), "10⁻⁵"],
  [plain(rounded(Math.fround(1e-5))), "10⁻⁵"],
  [plain(2e-5), "2·10⁻⁵"],
  [plain(-1e-4), "−10⁻⁴"],
  [plain(-2.5e-12), "−2.5·10⁻¹²"],
  [plain(0.001), "0.001"],
  [plain(-2), "−2"],
  [plain(rounded(Math.fround(0.62))), "0.62"],
  [added(0.5), "+ 0.5"],
  [added(-0.25), "− 0.25"],
  [added(0), "+ 0"],
  [added(1.23456, 3), "+ 1.23"],
  [megabytes(11490434), "11.5"],
  [clock(42), "0:42"],
  [clock(3800), "1:03:20"],
  [duration(40), "40 s"],
  [duration(0.2), "1 s"],
  [duration(720), "12 min"],
  [duration(12600), "3.5 h"],
  [listed([]), ""],
  [listed(["a"]), "a"],
  [listed(["a", "b"]), "a and b"],
  [listed(["a", "b", "c"]), "a, b and c"],
  [capital("no lane"), "No lane"],
  [capital(""), ""],
  [messageOf(new Error("it broke")), "it broke"],
  [messageOf({ code: "x", message: "said" }), "said"],
  [messageOf("word"), "word"],
  [messageOf(undefined), "undefined"],
];

test("numbers and words are written in one way", () => {
  const wrong = WRITTEN.filter(([is, want]) => is !== want);
  assert.deepEqual(wrong, []);
});

test("what was written is read as it was meant", () => {
  for (const value of [0, 1, -0.5, 1e-5, 2e-5, -1e-4, -2.5e-12, 0.001, 1000000])
    assert.equal(readNumber(plain(value)), value, plain(value));
  for (const [typed, value] of [
    ["1e-5", 1e-5],
    ["10^-5", 1e-5],
    ["2*10^-5", 2e-5],
    ["2 × 10⁻⁵", 2e-5],
    ["0,001", 0.001],
    [" −0.5 ", -0.5],
    ["10⁻⁵", 1e-5],
    ["−10⁻⁵", -1e-5],
  ]) {
    assert.equal(readNumber(typed), value, typed);
  }
  for (const typed of ["", " ", "abc", "1 2", "10^", "--1"])
    assert.ok(Number.isNaN(readNumber(typed)), typed);
});

test("listeners are told in the order in which they came", () => {
  /** @type {Emitter<[string, number]>} */
  const emitter = new Emitter(),
    told = [];
  emitter.on((what, n) => told.push(`a ${what} ${n}`));
  emitter.on(what => told.push(`b ${what}`));
  emitter.emit("news", 1);
  assert.deepEqual(told, ["a news 1", "b news"]);
});

/** An element that notes what is done to it. */
class Noted {
  children = [];
  listeners = [];
  attributes = {};
  /** @param {string} tag @param {string} [space] */
  constructor(tag, space) {
    Object.assign(this, { tag, space });
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  toggleAttribute(name, is) {
    if (is) this.attributes[name] = "";
  }
  addEventListener(type) {
    this.listeners.push(type);
  }
  append(...children) {
    this.children.push(...children);
  }
}

test("elements are made in one way", () => {
  globalThis.document = /** @type {any} */ ({
    createElement: tag => new Noted(tag),
    createElementNS: (space, tag) => new Noted(tag, space),
  });
  const made = html(
    "button",
    {
      type: "button",
      class: "",
      hidden: false,
      disabled: true,
      title: undefined,
      alt: "",
      "aria-pressed": false,
      tabindex: 0,
      onclick: () => {},
    },
    "go",
    null,
    false,
    undefined,
    "",
  );
  assert.deepEqual(made.attributes, {
    type: "button",
    disabled: "",
    alt: "",
    "aria-pressed": "false",
    tabindex: "0",
  });
  assert.deepEqual([made.listeners, made.children], [["click"], ["go", ""]]);
  assert.deepEqual(html("p", "note", "words").attributes, { class: "note" });
  assert.deepEqual([html("p").attributes, html("p", "").attributes], [{}, {}]);
  assert.deepEqual(
    [svg("path", { d: "M0 0" }).space, math("mi").space],
    ["http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"],
  );
});
