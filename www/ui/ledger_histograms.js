// @ts-check
// Three histograms on one axis, joined by a thread for each value: subtracting is a slide, dividing a squeeze.
// The pointer or the arrow keys choose bars; their cells light up.

import { html, svg } from "./dom.js";
import { fixed } from "./number_text.js";

/** @typedef {import("../pkg/blue_cube.js").Ledger} Ledger */
/** @typedef {import("../pkg/blue_cube.js").Histograms} Histograms */
/** @typedef {import("../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../pkg/blue_cube.js").Stage} Stage */
/** @typedef {import("./store.js").Store} Store */

/** @type {Stage[]} */
const STAGES = ["x", "x-hat", "y"];
const LETTERS = ["x", "x̂", "y"];

/** The most cells that a brush lights. */
const MOST_LIT = 512;

const LEFT = 26, RIGHT = 2, BAR = 44, GAP = 33, TOP = 14, FOOT = 24;

/** @param {number} row */
const baseline = row => TOP + BAR + row * (BAR + GAP);
const HEIGHT = baseline(2) + FOOT;

/** @param {number} value @param {number} digits */
const number = (value, digits) => fixed(value, digits, "NaN");

/** @param {number} count */
const whole = count => count.toLocaleString("en");

/**
 * Shows the histograms.
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {Ledger} ledger
 * @param {() => Place} focus
 * @returns {() => void}
 */
export function showHistograms(root, store, ledger, focus) {
  const picture = svg("svg", { class: "threads" }), back = svg("g"), front = svg("g", { class: "front" });
  picture.append(back, front);
  const readout = html("p", "readout"), table = html("div", "twin"), fold = html("details", "fold small", html("summary", "", "Read the histograms as a table"), table);
  readout.setAttribute("role", "status");
  root.append(html("div", "histograms", picture, readout, fold));
  /** @type {Histograms | undefined} */
  let shown;
  /** @type {{ row: number, from: number, to: number } | null} The bars that are chosen. */
  let brush = null;
  let width = 460;

  const bands = STAGES.map((_, row) => {
    const band = svg("rect", { class: "band", x: LEFT, y: baseline(row) - BAR, height: BAR + 8, tabindex: 0, role: "slider", "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-label": `Bars of ${LETTERS[row]}` });
    const mark = svg("rect", { class: "brush", y: baseline(row) - BAR, height: BAR });
    front.append(mark, band);
    return { band, mark };
  });

  const bins = () => shown?.rows[0].all.length ?? 1;
  const barWidth = () => (width - LEFT - RIGHT) / bins();
  /** @param {{ row: number, from: number, to: number } | null} next */
  const choose = next => {
    brush = next;
    mark();
    const range = edges();
    if (!brush || !range) return store.setLit(null);
    const places = ledger.within(focus(), STAGES[brush.row], ...range, MOST_LIT);
    store.setLit(new Uint32Array(places.flatMap(({ n, c, h, w }) => [n, c, h, w, n + 1, c + 1, h + 1, w + 1])));
  };
  /** @returns {[number, number] | null} */
  const edges = () => {
    if (!brush || !shown) return null;
    const [low, high] = shown.axis, step = (high - low) / bins();
    // The last bar holds its upper end too.
    return [low + Math.min(brush.from, brush.to) * step, brush.to === bins() - 1 || brush.from === bins() - 1 ? Infinity : low + (Math.max(brush.from, brush.to) + 1) * step];
  };
  const mark = () => {
    const words = brush && shown ? said(shown, brush) : "";
    bands.forEach(({ band, mark }, row) => {
      const is = brush?.row === row ? brush : null;
      mark.toggleAttribute("hidden", !is);
      if (is) {
        mark.setAttribute("x", (LEFT + Math.min(is.from, is.to) * barWidth()).toFixed(1));
        mark.setAttribute("width", ((Math.abs(is.to - is.from) + 1) * barWidth()).toFixed(1));
      }
      band.setAttribute("aria-valuemax", String(bins() - 1));
      band.setAttribute("aria-valuenow", String(is?.to ?? Math.floor(bins() / 2)));
      band.setAttribute("aria-valuetext", is ? words : "no bar chosen");
    });
    readout.textContent = words || hint(shown);
  };
  const select = () => {
    const range = edges();
    const place = brush && range && ledger.within(focus(), STAGES[brush.row], ...range, 1)[0];
    if (place) store.set({ selected: place, poke: undefined }, "commit");
  };
  listen(bands.map(({ band }) => band), bins, () => brush, choose, select, x => {
    const box = picture.getBoundingClientRect();
    return Math.min(bins() - 1, Math.max(0, Math.floor(((x - box.left) / box.width * width - LEFT) / barWidth())));
  });

  const fit = () => {
    width = Math.max(280, picture.clientWidth || 460);
    picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    for (const { band } of bands) band.setAttribute("width", String(width - LEFT - RIGHT));
  };
  const draw = () => {
    shown = ledger.histograms(focus());
    paint(back, shown, width);
    mark();
    if (fold.open) table.replaceChildren(twin(shown));
  };
  fold.addEventListener("toggle", () => { if (fold.open && shown) table.replaceChildren(twin(shown)); });
  fit();
  // The width is not asked for in between: what was written before in a frame would have to be laid out for it.
  new ResizeObserver(() => {
    if (Math.abs(picture.clientWidth - width) <= 1) return;
    fit();
    if (shown) draw();
  }).observe(picture);
  return draw;
}

/**
 * @param {SVGRectElement[]} bands
 * @param {() => number} bins
 * @param {() => { row: number, from: number, to: number } | null} brush
 * @param {(next: { row: number, from: number, to: number } | null) => void} choose
 * @param {() => void} select
 * @param {(x: number) => number} binAt
 */
function listen(bands, bins, brush, choose, select, binAt) {
  bands.forEach((band, row) => {
    let isHeld = false;
    band.addEventListener("pointerdown", event => {
      isHeld = true;
      band.setPointerCapture(event.pointerId);
      const bin = binAt(event.clientX);
      choose({ row, from: bin, to: bin });
    });
    band.addEventListener("pointermove", event => {
      const bin = binAt(event.clientX), now = brush();
      if (isHeld && now) return void (now.to !== bin && choose({ row, from: now.from, to: bin }));
      if (now?.row !== row || now.from !== bin || now.to !== bin) choose({ row, from: bin, to: bin });
    });
    band.addEventListener("pointerup", () => {
      const now = brush();
      isHeld = false;
      if (now && now.from === now.to) select();
    });
    band.addEventListener("pointercancel", () => { isHeld = false; });
    // A brush of several bars stays; the light of a single one goes with the pointer.
    band.addEventListener("pointerleave", () => { const now = brush(); if (now && now.from === now.to && document.activeElement !== band) choose(null); });
    band.addEventListener("keydown", event => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -1e9, End: 1e9, PageDown: -5, PageUp: 5 }[event.key];
      const now = brush()?.row === row ? brush() : null;
      if (event.key === "Enter" || event.key === " ") select();
      else if (event.key === "Escape") choose(null);
      else if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      else {
        const to = Math.min(bins() - 1, Math.max(0, (now?.to ?? Math.floor(bins() / 2)) + (now ? by : 0)));
        choose({ row, from: event.shiftKey && now ? now.from : to, to });
      }
      event.preventDefault();
    });
    band.addEventListener("blur", () => choose(null));
  });
}

/**
 * @param {SVGGElement} root
 * @param {Histograms} shown
 * @param {number} width
 */
function paint(root, { axis: [low, high], ticks, rows, threads, star }, width) {
  const span = width - LEFT - RIGHT, step = span / rows[0].all.length;
  const X = (/** @type {number} */ value) => LEFT + Math.min(1, Math.max(0, (value - low) / (high - low))) * span;
  const shares = rows.map(({ all, group, nAll, nGroup }) => ({ all: all.map(n => n / nAll), group: group.map(n => n / Math.max(1, nGroup)) }));
  const most = Math.max(...shares.flatMap(({ all, group }) => [...all, ...group]), 1e-9);
  /** @param {number[]} heights @param {number} row @param {string} name @param {number} inset */
  const bars = (heights, row, name, inset) => svg("path", {
    class: name,
    d: heights.map((share, bin) => share ? `M${(LEFT + bin * step + inset).toFixed(1)} ${baseline(row)}v${(-share / most * BAR).toFixed(1)}h${(step - 2 * inset).toFixed(1)}V${baseline(row)}z` : "").join(""),
  });
  /** @param {number} row @param {number[]} values */
  const thread = (row, values) => `M${X(values[row]).toFixed(1)} ${baseline(row)}L${X(values[row + 1]).toFixed(1)} ${baseline(row + 1)}`;
  root.replaceChildren(
    ...shares.map(({ all }, row) => bars(all, row, "bar-all", 0.5)),
    svg("path", { class: "thread", d: threads.flatMap(values => [thread(0, values), thread(1, values)]).join("") }),
    ...shares.map(({ group }, row) => bars(group, row, "bar-g", Math.min(3, step / 4))),
  );
  rows.forEach(({ nGroup, mean, deviation }, row) => {
    const y = baseline(row);
    root.append(svg("path", { class: "base", d: `M${LEFT} ${y}H${width - RIGHT}` }), label("v", 4, y + 1, LETTERS[row]));
    if (!nGroup) return;
    root.append(label("num", LEFT, y - BAR + 4, `μ ${number(mean, 2)}  σ ${number(deviation, 2)}`));
    if (!Number.isFinite(deviation)) return;
    const [a, b] = [X(mean - deviation), X(mean + deviation)];
    root.append(svg("path", { class: "sig", d: `M${a} ${y + 6}H${b}M${a} ${y + 3}v6M${b} ${y + 3}v6M${X(mean)} ${y + 2}v8` }));
  });
  if (star.every(Number.isFinite)) {
    const at = star.map((value, row) => `${X(value).toFixed(1)} ${baseline(row)}`);
    root.append(svg("path", { class: "mine", d: `M${X(star[0]).toFixed(1)} ${baseline(0) - 8}V${baseline(0)}L${at[1]}L${at[2]}` }));
    root.append(svg("path", { class: "star thin", d: starPath(X(star[0]), baseline(0) - 13, 6.5) }));
    for (const row of [1, 2]) root.append(svg("circle", { class: "knot", cx: X(star[row]).toFixed(1), cy: baseline(row), r: 3 }));
  }
  for (const tick of ticks) root.append(label("num tick", X(tick), HEIGHT - 2, number(tick, Number.isInteger(tick) ? 0 : 1)));
}

/** @param {string} name @param {number} x @param {number} y @param {string} words */
function label(name, x, y, words) {
  const text = svg("text", { class: name, x: x.toFixed(1), y });
  text.textContent = words;
  return text;
}

/** @param {number} x @param {number} y @param {number} radius */
function starPath(x, y, radius) {
  const points = Array.from({ length: 10 }, (_, i) => {
    const angle = i * Math.PI / 5 - Math.PI / 2, r = i % 2 ? radius * 0.42 : radius;
    return `${(x + r * Math.cos(angle)).toFixed(2)} ${(y + r * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${points.join("L")}Z`;
}

/** @param {Histograms | undefined} shown */
function hint(shown) {
  if (!shown) return "";
  const blue = shown.rows[0].nGroup ? "Blue: the group, grey: all, each as a share of its own count." : "Nothing here shares a mean: all values are grey.";
  if (shown.counting.type === "grid") return `${blue} Counted on 256 steps a plane, every value once.`;
  if (shown.counting.type === "sample") return `${blue} Grey is estimated: every ${shown.counting.nth}th value stands for ${shown.counting.nth}.`;
  return blue;
}

/** @param {Histograms} shown @param {{ row: number, from: number, to: number }} brush */
function said({ axis: [low, high], rows, counting }, { row, from, to }) {
  const step = (high - low) / rows[0].all.length, [first, last] = [Math.min(from, to), Math.max(from, to)];
  const sum = (/** @type {number[]} */ counts) => counts.slice(first, last + 1).reduce((a, b) => a + b, 0);
  const { all, group, nAll, nGroup } = rows[row];
  const about = counting.type === "exact" ? "" : "about ";
  const blue = nGroup ? `${about}${whole(sum(group))} of ${whole(nGroup)} blue, ` : "";
  return `${LETTERS[row]} from ${number(low + first * step, 2)} to ${number(low + (last + 1) * step, 2)}: ${blue}${about}${whole(sum(all))} of ${whole(nAll)} in all`;
}

/** @param {Histograms} shown */
function twin({ axis: [low, high], rows }) {
  const step = (high - low) / rows[0].all.length;
  const cell = (/** @type {"th" | "td"} */ tag, /** @type {string} */ text, /** @type {string} */ scope) => {
    const element = html(tag, tag === "td" ? "num" : "", text);
    if (scope) element.setAttribute("scope", scope);
    return element;
  };
  const heads = ["from", ...LETTERS.flatMap(letter => [`${letter}, blue`, `${letter}, all`])];
  const lines = rows[0].all.map((_, bin) => [number(low + bin * step, 2), ...rows.flatMap(({ all, group }) => [whole(group[bin]), whole(all[bin])])])
    .filter((_, bin) => rows.some(({ all }) => all[bin]));
  return html("table", "",
    html("thead", "", html("tr", "", ...heads.map(head => cell("th", head, "col")))),
    html("tbody", "", ...lines.map(([first, ...rest]) => html("tr", "", cell("th", first, "row"), ...rest.map(count => cell("td", count, ""))))));
}
