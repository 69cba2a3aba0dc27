// @ts-check
// Three histograms on one axis, joined by one thread per value: subtracting shifts them, dividing squeezes them.
// The pointer or the arrow keys select bars; their cells are highlighted.

import { html, svg } from "../lib/dom.js";
import { foldOpens } from "../lib/opened.js";
import { integer } from "../lib/format.js";
import { fixed } from "../lib/number_text.js";

/** @typedef {import("../../pkg/blue_cube.js").Ledger} Ledger */
/** @typedef {import("../../pkg/blue_cube.js").Histograms} Histograms */
/** @typedef {import("../../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../../pkg/blue_cube.js").Stage} Stage */
/** @typedef {import("../lib/store.js").Store} Store */

/** @type {Stage[]} */
const STAGES = ["x", "x-hat", "y"];
const LETTERS = ["x", "x̂", "y"];

/** The largest number of cells that a brush highlights. */
const MOST_LIT = 512;

/** @param {number} value @param {number} digits */
const number = (value, digits) => fixed(value, digits, "NaN");

const LEFT = 26,
  RIGHT = 2,
  BAR = 44,
  GAP = 33,
  TOP = 14,
  FOOT = 24;

/** @param {number} row */
const baseline = row => TOP + BAR + row * (BAR + GAP);
const HEIGHT = baseline(2) + FOOT;

/** Selected bars of a row. @typedef {{ row: number, from: number, to: number }} Brush */

/**
 * Shows the histograms.
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {Ledger} ledger
 * @param {() => Place} focus
 * @returns {() => void}
 */
export function showHistograms(root, store, ledger, focus) {
  const drawn = new Drawn(store, ledger, focus);
  root.append(drawn.element);
  drawn.watch();
  return () => drawn.refresh();
}

class Drawn {
  #back = svg("g");
  #readout = html("p", { class: "readout", role: "status" });
  #table = html("div", "twin");
  /** @type {Histograms | undefined} */
  #shown;
  /** @type {Brush | null} */
  #brush = null;
  #width = 460;
  #store;
  #ledger;
  #focus;

  /** @param {Store} store @param {Ledger} ledger @param {() => Place} focus */
  constructor(store, ledger, focus) {
    this.#store = store;
    this.#ledger = ledger;
    this.#focus = focus;
    this.bands = STAGES.map((_, row) => ({
      mark: svg("rect", { class: "brush", y: baseline(row) - BAR, height: BAR }),
      band: svg("rect", {
        class: "band",
        x: LEFT,
        y: baseline(row) - BAR,
        height: BAR + 8,
        tabindex: 0,
        role: "slider",
        "aria-orientation": "horizontal",
        "aria-valuemin": 0,
        "aria-label": `Bars of ${LETTERS[row]}`,
      }),
    }));
    const front = svg("g", "front", ...this.bands.flatMap(({ mark, band }) => [mark, band]));
    this.picture = svg("svg", "threads", this.#back, front);
    this.fold = html(
      "details",
      "fold small",
      html("summary", "", "Read the histograms as a table"),
      this.#table,
    );
    this.fold.addEventListener("toggle", () => this.#fillTable());
    foldOpens(store, "counts", this.fold);
    this.element = html("div", "histograms", this.picture, this.#readout, this.fold);
    this.bands.forEach(({ band }, row) => listen(band, row, this));
  }

  /** Follows the available width, once it is in the page. */
  watch() {
    this.#fit();
    // The width is not read in between: that would force a layout of what the frame has written so far.
    new ResizeObserver(() => {
      if (Math.abs(this.picture.clientWidth - this.#width) <= 1) return;
      this.#fit();
      if (this.#shown) this.refresh();
    }).observe(this.picture);
  }

  refresh() {
    const shown = (this.#shown = this.#ledger.histograms(this.#focus()));
    paint(this.#back, shown, this.#width);
    this.#mark();
    this.#fillTable();
  }

  get nBins() {
    return this.#shown?.rows[0].all.length ?? 1;
  }

  /** The selected bars of a row. @param {number} row */
  brushOf(row) {
    return this.#brush?.row === row ? this.#brush : null;
  }

  /** @param {number} x of the pointer */
  binAt(x) {
    const box = this.picture.getBoundingClientRect();
    const at = Math.floor((((x - box.left) / box.width) * this.#width - LEFT) / this.#barWidth);
    return Math.min(this.nBins - 1, Math.max(0, at));
  }

  /** @param {Brush | null} brush */
  choose(brush) {
    this.#brush = brush;
    this.#mark();
    const places = this.#within(MOST_LIT);
    this.#store.setLit(
      places && new Uint32Array(places.flatMap(({ n, c, h, w }) => [n, c, h, w, n + 1, c + 1, h + 1, w + 1])),
    );
  }

  /** Moves the star to a value in the selected bars. */
  select() {
    const place = this.#within(1)?.[0];
    if (place) this.#store.set({ selected: place, poke: undefined });
  }

  get #barWidth() {
    return (this.#width - LEFT - RIGHT) / this.nBins;
  }

  /** Values in the selected bars; null without a selection. @param {number} most */
  #within(most) {
    const brush = this.#brush,
      shown = this.#shown;
    if (!brush || !shown) return null;
    const [low, high] = shown.axis,
      step = (high - low) / this.nBins,
      [first, last] = ends(brush);
    // The last bar includes its upper end.
    const to = last === this.nBins - 1 ? Infinity : low + (last + 1) * step;
    return this.#ledger.within(this.#focus(), STAGES[brush.row], low + first * step, to, most);
  }

  #mark() {
    const words = this.#brush && this.#shown ? said(this.#shown, this.#brush) : "";
    this.bands.forEach(({ band, mark }, row) => {
      const brush = this.brushOf(row);
      mark.toggleAttribute("hidden", !brush);
      if (brush) {
        const [first, last] = ends(brush);
        mark.setAttribute("x", (LEFT + first * this.#barWidth).toFixed(1));
        mark.setAttribute("width", ((last - first + 1) * this.#barWidth).toFixed(1));
      }
      band.setAttribute("aria-valuemax", String(this.nBins - 1));
      band.setAttribute("aria-valuenow", String(brush?.to ?? Math.floor(this.nBins / 2)));
      band.setAttribute("aria-valuetext", brush ? words : "no bar selected");
    });
    this.#readout.textContent = words || hint(this.#shown);
  }

  #fit() {
    this.#width = Math.max(280, this.picture.clientWidth || this.#width);
    this.picture.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    for (const { band } of this.bands) band.setAttribute("width", String(this.#width - LEFT - RIGHT));
  }

  #fillTable() {
    if (this.fold.open && this.#shown) this.#table.replaceChildren(twin(this.#shown));
  }
}

/** The first and the last bar of a brush. @param {Brush} brush @returns {[number, number]} */
const ends = ({ from, to }) => [Math.min(from, to), Math.max(from, to)];

/** @param {SVGRectElement} band @param {number} row @param {Drawn} drawn */
function listen(band, row, drawn) {
  let isHeld = false;
  const isSingle = (/** @type {Brush | null} */ brush) => brush !== null && brush.from === brush.to;
  band.addEventListener("pointerdown", event => {
    isHeld = true;
    band.setPointerCapture(event.pointerId);
    const bin = drawn.binAt(event.clientX);
    drawn.choose({ row, from: bin, to: bin });
  });
  band.addEventListener("pointermove", event => {
    const bin = drawn.binAt(event.clientX),
      now = drawn.brushOf(row),
      from = isHeld && now ? now.from : bin;
    if (now?.from !== from || now.to !== bin) drawn.choose({ row, from, to: bin });
  });
  band.addEventListener("pointerup", () => {
    isHeld = false;
    if (isSingle(drawn.brushOf(row))) drawn.select();
  });
  band.addEventListener("pointercancel", () => {
    isHeld = false;
  });
  // A selection of several bars stays; that of a single bar leaves with the pointer.
  band.addEventListener("pointerleave", () => {
    if (isSingle(drawn.brushOf(row)) && document.activeElement !== band) drawn.choose(null);
  });
  band.addEventListener("keydown", event => {
    const by = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      Home: -1e9,
      End: 1e9,
      PageDown: -5,
      PageUp: 5,
    }[event.key];
    const now = drawn.brushOf(row),
      { nBins } = drawn;
    if (event.key === "Enter" || event.key === " ") drawn.select();
    else if (event.key === "Escape") drawn.choose(null);
    else if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    else {
      const to = Math.min(nBins - 1, Math.max(0, (now?.to ?? Math.floor(nBins / 2)) + (now ? by : 0)));
      drawn.choose({ row, from: event.shiftKey && now ? now.from : to, to });
    }
    event.preventDefault();
  });
  band.addEventListener("blur", () => drawn.choose(null));
}

/**
 * @param {SVGGElement} root
 * @param {Histograms} shown
 * @param {number} width
 */
function paint(root, { axis: [low, high], ticks, rows, threads, star }, width) {
  const span = width - LEFT - RIGHT,
    step = span / rows[0].all.length;
  const X = (/** @type {number} */ value) =>
    LEFT + Math.min(1, Math.max(0, (value - low) / (high - low))) * span;
  const shares = rows.map(({ all, group, nAll, nGroup }) => ({
    all: all.map(n => n / nAll),
    group: group.map(n => n / Math.max(1, nGroup)),
  }));
  const most = Math.max(...shares.flatMap(({ all, group }) => [...all, ...group]), 1e-9);
  /** @param {number[]} heights @param {number} row @param {string} name @param {number} inset */
  const bars = (heights, row, name, inset) =>
    svg("path", {
      class: name,
      d: heights
        .map((share, bin) =>
          share
            ? `M${(LEFT + bin * step + inset).toFixed(1)} ${baseline(row)}v${((-share / most) * BAR).toFixed(1)}h${(step - 2 * inset).toFixed(1)}V${baseline(row)}z`
            : "",
        )
        .join(""),
    });
  /** @param {number} row @param {number[]} values */
  const thread = (row, values) =>
    `M${X(values[row]).toFixed(1)} ${baseline(row)}L${X(values[row + 1]).toFixed(1)} ${baseline(row + 1)}`;
  root.replaceChildren(
    ...shares.map(({ all }, row) => bars(all, row, "bar-all", 0.5)),
    svg("path", {
      class: "thread",
      d: threads.flatMap(values => [thread(0, values), thread(1, values)]).join(""),
    }),
    ...shares.map(({ group }, row) => bars(group, row, "bar-g", Math.min(3, step / 4))),
  );
  rows.forEach((shares, row) => root.append(...axisOf(shares, row, width, X)));
  if (star.every(Number.isFinite)) root.append(...starOf(star, X));
  for (const tick of ticks)
    root.append(label("num tick", X(tick), HEIGHT - 2, number(tick, Number.isInteger(tick) ? 0 : 1)));
}

/**
 * A row's axis, its letter, its mean and standard deviation.
 * @param {Histograms["rows"][number]} shares
 * @param {number} row
 * @param {number} width
 * @param {(value: number) => number} X
 */
function axisOf({ nGroup, mean, deviation }, row, width, X) {
  const y = baseline(row),
    marks = [
      svg("path", { class: "base", d: `M${LEFT} ${y}H${width - RIGHT}` }),
      label("v", 4, y + 1, LETTERS[row]),
    ];
  if (nGroup) marks.push(label("num", LEFT, y - BAR + 4, `μ ${number(mean, 2)}  σ ${number(deviation, 2)}`));
  if (!nGroup || !Number.isFinite(deviation)) return marks;
  const [a, b] = [X(mean - deviation), X(mean + deviation)];
  return [
    ...marks,
    svg("path", {
      class: "sig",
      d: `M${a} ${y + 6}H${b}M${a} ${y + 3}v6M${b} ${y + 3}v6M${X(mean)} ${y + 2}v8`,
    }),
  ];
}

/** The star's path through the rows. @param {number[]} star @param {(value: number) => number} X */
function starOf(star, X) {
  const [x] = star.map(X),
    at = star.map((value, row) => `${X(value).toFixed(1)} ${baseline(row)}`);
  return [
    svg("path", { class: "mine", d: `M${x.toFixed(1)} ${baseline(0) - 8}V${baseline(0)}L${at[1]}L${at[2]}` }),
    svg("path", { class: "star thin", d: starPath(x, baseline(0) - 13, 6.5) }),
    ...[1, 2].map(row =>
      svg("circle", { class: "knot", cx: X(star[row]).toFixed(1), cy: baseline(row), r: 3 }),
    ),
  ];
}

/** @param {string} name @param {number} x @param {number} y @param {string} words */
function label(name, x, y, words) {
  return svg("text", { class: name, x: x.toFixed(1), y }, words);
}

/** @param {number} x @param {number} y @param {number} radius */
function starPath(x, y, radius) {
  const points = Array.from({ length: 10 }, (_, i) => {
    const angle = (i * Math.PI) / 5 - Math.PI / 2,
      r = i % 2 ? radius * 0.42 : radius;
    return `${(x + r * Math.cos(angle)).toFixed(2)} ${(y + r * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${points.join("L")}Z`;
}

/** @param {Histograms | undefined} shown */
function hint(shown) {
  if (!shown) return "";
  const blue = shown.rows[0].nGroup
    ? "Blue: the group; grey: all values; each as a share of its own count."
    : "Nothing here shares a mean: all values are grey.";
  if (shown.counting.type === "grid") return `${blue} Counted in 256 steps per plane, every value once.`;
  if (shown.counting.type === "sample")
    return `${blue} Grey is estimated: one value in ${shown.counting.nth} is counted.`;
  return blue;
}

/** @param {Histograms} shown @param {Brush} brush */
function said({ axis: [low, high], rows, counting }, brush) {
  const step = (high - low) / rows[0].all.length,
    [first, last] = ends(brush);
  const sum = (/** @type {number[]} */ counts) => counts.slice(first, last + 1).reduce((a, b) => a + b, 0);
  const { all, group, nAll, nGroup } = rows[brush.row];
  const about = counting.type === "exact" ? "" : "about ";
  const blue = nGroup ? `${about}${integer(sum(group))} of ${integer(nGroup)} blue, ` : "";
  return `${LETTERS[brush.row]} from ${number(low + first * step, 2)} to ${number(low + (last + 1) * step, 2)}: ${blue}${about}${integer(sum(all))} of ${integer(nAll)} in all`;
}

/** @param {Histograms} shown */
function twin({ axis: [low, high], rows }) {
  const step = (high - low) / rows[0].all.length;
  const cell = (/** @type {"th" | "td"} */ tag, /** @type {string} */ text, /** @type {string} */ scope) =>
    html(tag, { class: tag === "td" ? "num" : "", scope: scope || undefined }, text);
  const heads = ["from", ...LETTERS.flatMap(letter => [`${letter}, blue`, `${letter}, all`])];
  const lines = rows[0].all
    .map((_, bin) => [
      number(low + bin * step, 2),
      ...rows.flatMap(({ all, group }) => [integer(group[bin]), integer(all[bin])]),
    ])
    .filter((_, bin) => rows.some(({ all }) => all[bin]));
  return html(
    "table",
    "",
    html("thead", "", html("tr", "", ...heads.map(head => cell("th", head, "col")))),
    html(
      "tbody",
      "",
      ...lines.map(([first, ...rest]) =>
        html("tr", "", cell("th", first, "row"), ...rest.map(count => cell("td", count, ""))),
      ),
    ),
  );
}
