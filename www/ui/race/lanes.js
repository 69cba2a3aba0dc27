// @ts-check
// The lanes as a table: each with its colour and dash, its accuracy, what a step takes and how many numbers it keeps.

import { raceRuns } from "../../pkg/blue_cube.js";
import { html, put, svg } from "../dom.js";
import { fixed, integer, megabytes } from "../format.js";
import { looksOf } from "./looks.js";
import { gathered } from "./paced.js";

/** @typedef {import("./control.js").Control} Control */
/** @typedef {import("./race.js").Lane} Lane */
/** @typedef {import("./view.js").View} View */

/** Least milliseconds between two paintings. */
const PAINT_MILLIS = 250;

const NOT_YET = "·";

/** A row: of a lane there is, or of one that the race will have. @typedef {Pick<Lane, "name" | "spec" | "fork" | "id"> & { lane?: Lane, laneIdx?: number }} Entry */

/**
 * @param {Control} control
 * @param {View} view
 * @param {(lane: Lane) => void} lookAt shows a lane's layer in the cube
 * @param {HTMLElement} place
 * @returns {(row: number) => Lane | undefined} the lane of a row, the first being 1
 */
export function showLanes(control, view, lookAt, place) {
  const { race, store } = control, sorter = html("button", "", "test accuracy");
  Object.assign(sorter, { type: "button", id: "race-sort", title: "The best first, or as they came" });
  put(sorter, "aria-pressed", "false");
  const head = html("div", "head", html("span", "", "lane"), html("span", "", sorter), html("span", "", "ms a step"), html("span", "", "numbers kept"), html("span", ""));
  place.append(head);
  /** @type {Map<string, Row>} */
  let rows = new Map();
  const inOrder = () => (sorter.getAttribute("aria-pressed") === "true" ? [...race.lanes].sort((a, b) => judged(b) - judged(a)) : race.lanes);
  sorter.addEventListener("click", () => {
    put(sorter, "aria-pressed", String(sorter.getAttribute("aria-pressed") === "false"));
    paint();
  });
  /** @returns {Entry[]} */
  const entries = () => (control.made || race.lanes.length
    ? race.lanes.map(lane => ({ ...lane, lane }))
    : raceRuns(store.scene).runs.map(({ name, spec, laneIdx }, id) => ({ name, spec, id, laneIdx, fork: undefined })));
  const remove = (/** @type {Entry} */ { lane, laneIdx }) => {
    if (lane) control.remove(lane);
    else control.set({ lanes: store.scene.race.lanes.filter((_, at) => at !== laneIdx) });
  };
  const paint = () => {
    const all = entries(), next = new Map(), order = inOrder();
    const looks = looksOf(/** @type {Lane[]} */ (/** @type {unknown} */ (all)));
    // Its line is that of the charts, wherever the row stands.
    const drawn = all.map((entry, at) => ({ entry, look: looks[at], at: entry.lane ? order.indexOf(entry.lane) : at })).sort((a, b) => a.at - b.at);
    for (const { entry, look } of drawn) {
      const key = `${entry.lane ? "lane" : "run"}-${entry.id}-${entry.name}`;
      const row = rows.get(key) ?? new Row();
      row.paint(entry, look, !!entry.lane && view.lane === entry.lane, !!entry.lane && view.lit === entry.lane);
      row.onRemove = () => remove(entry);
      row.onLook = () => { if (entry.lane) lookAt(entry.lane); };
      next.set(key, row);
    }
    const wanted = [...next.values()].map(row => row.element), held = document.activeElement;
    if (wanted.length !== place.children.length - 1 || wanted.some((element, at) => place.children[at + 1] !== element)) {
      place.replaceChildren(head, ...wanted);
      if (held instanceof HTMLElement && place.contains(held)) held.focus({ preventScroll: true });
    }
    rows = next;
  };
  const soon = gathered(PAINT_MILLIS, paint);
  race.on(event => {
    if (event === "lanes" && view.lit && !race.lanes.includes(view.lit)) view.set({ lit: undefined });
    if (event !== "loading") soon();
  });
  view.on(soon);
  control.on(paint);
  store.on(change => { if (change !== "focus" && change !== "lit") soon(); });
  paint();
  return row => inOrder()[row - 1];
}

/** Its last test accuracy; below all others where there is none. @param {Lane} lane */
const judged = lane => lane.history.judgements.at(-1)?.judged.accuracy ?? -1;

class Row {
  onRemove = () => {};
  onLook = () => {};

  constructor() {
    this.line = svg("path", { d: "M0 3H26" });
    const swatch = svg("svg", { width: 26, height: 6, "aria-hidden": "true", class: "lane-line" });
    swatch.append(this.line);
    this.words = html("b", "");
    this.name = html("button", "name", swatch, this.words);
    this.accuracy = html("span", "num acc");
    this.millis = html("span", "num");
    this.kept = html("span", "num");
    this.remove = html("button", "icon remove", "✕");
    this.fault = html("p", "lane-fault");
    Object.assign(this.name, { type: "button" });
    Object.assign(this.remove, { type: "button" });
    this.element = html("div", "row", this.name, this.accuracy, this.millis, this.kept, this.remove, this.fault);
    this.name.addEventListener("click", () => this.onLook());
    this.remove.addEventListener("click", () => this.onRemove());
  }

  /** @param {Entry} entry @param {{ token: string, dash: string }} look @param {boolean} isOn its layer is in the cube @param {boolean} isLit it stands out in the charts */
  paint({ name, lane, spec }, { token, dash }, isOn, isLit) {
    say(this.words, name);
    put(this.element, "class", `row lane-${token}${isOn ? " on" : ""}${isLit ? " lit" : ""}`);
    put(this.line, "stroke-dasharray", dash || "none");
    put(this.name, "aria-pressed", String(isOn));
    this.name.disabled = !lane?.device;
    put(this.name, "title", lane?.device ? "Show its first norm layer in the cube; the keys 1 to 9 bring a row out in the charts" : "");
    put(this.remove, "aria-label", `Take ${name} out`);
    const judgement = lane?.history.judgements.at(-1), { facts } = lane ?? {};
    say(this.accuracy, judgement ? fixed(judgement.judged.accuracy, 3).replace(/^0/, "") : NOT_YET);
    put(this.accuracy, "title", judgement ? `of ${integer(judgement.judged.nImages)} test images${judgement.byBatch ? `; by the batch’s own statistics ${fixed(judgement.byBatch.accuracy, 3)}` : ""}` : "not judged yet");
    say(this.millis, lane?.millisAStep ? fixed(lane.millisAStep, lane.millisAStep < 100 ? 1 : 0) : NOT_YET);
    put(this.millis, "title", "wall time, a running mean");
    say(this.kept, facts ? integer(facts.nStatistics) : NOT_YET);
    put(this.kept, "title", facts ? `running statistics; beside ${integer(facts.nParameters)} parameters, ${megabytes(facts.stateBytes)} MB of state, ${megabytes(facts.memoryBytes)} MB in all` : "");
    const fault = lane?.failure;
    say(this.fault, fault ? `⚠ ${fault.message}. ${fault.hint}` : "");
    this.fault.hidden = !fault;
    const loss = lane?.history.losses;
    Object.assign(this.element.dataset, {
      kind: spec.norm.kind, step: String(lane?.history.step ?? 0), loss: loss?.length ? String(loss.values[loss.length - 1]) : "",
      start: lane?.startHash ?? "", order: lane?.report?.orderHash ?? "", marks: String(lane?.history.marks.length ?? 0),
      fork: lane?.fork ? String(lane.fork.step) : "", accuracy: judgement ? String(judgement.judged.accuracy) : "", engine: lane?.device?.kind ?? "",
    });
  }
}

/** @param {Element} place @param {string} text */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
