// @ts-check
// The lanes as a table: each with its colour and dash, accuracy, time per step and number of running statistics.

import { raceRuns } from "../../../pkg/blue_cube.js";
import { html, put, svg } from "../../lib/dom.js";
import { integer, megabytes } from "../../lib/format.js";
import { fixed, share } from "../../lib/number_text.js";
import { opens } from "../../lib/opened.js";
import { stylesOf } from "./lane_style.js";
import { refused } from "../model/lane.js";
import { gathered } from "../../lib/paced.js";

/** @typedef {import("../model/control.js").Control} Control */
/** @typedef {import("../model/race.js").Lane} Lane */
/** @typedef {import("./view.js").View} View */

/** Milliseconds between two paints, at least. */
const PAINT_MILLIS = 250;

const NOT_YET = "·";

/** A row: an existing lane, or one that the race will have. @typedef {Pick<Lane, "name" | "spec" | "fork" | "id"> & { lane?: Lane, laneIdx?: number, refusal?: string }} Entry */

/**
 * @param {Control} control
 * @param {View} view
 * @param {(lane: Lane) => void} lookAt shows a lane's layer in the cube
 * @param {HTMLElement} place
 * @returns {(row: number) => Lane | undefined} the lane of a row, the first being 1
 */
export function showLanes(control, view, lookAt, place) {
  const { race, store } = control,
    table = new Table(control, view, lookAt, place);
  const soon = gathered(PAINT_MILLIS, () => table.paint());
  race.on(event => {
    if (event === "lanes" && view.lit && !race.lanes.includes(view.lit)) view.set({ lit: undefined });
    if (event !== "loading") soon();
  });
  view.on(soon);
  control.on(() => table.paint());
  store.onScene(soon);
  table.paint();
  return row => table.inOrder[row - 1];
}

class Table {
  #sorter = html(
    "button",
    {
      type: "button",
      id: "race-sort",
      title: "Best first, or in the original order",
      "aria-pressed": false,
    },
    "test accuracy",
  );
  #head = html(
    "div",
    "head",
    html("span", "", "lane"),
    html("span", "", this.#sorter),
    html("span", "", "ms per step"),
    html("span", "", "numbers kept"),
    html("span"),
  );
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #control;
  #view;
  #lookAt;
  #place;

  /** @param {Control} control @param {View} view @param {(lane: Lane) => void} lookAt @param {HTMLElement} place */
  constructor(control, view, lookAt, place) {
    this.#control = control;
    this.#view = view;
    this.#lookAt = lookAt;
    this.#place = place;
    place.append(this.#head);
    const toggle = opens(control.store, "sorted", isSorted => {
      put(this.#sorter, "aria-pressed", String(isSorted));
      this.paint();
    });
    this.#sorter.addEventListener("click", toggle);
  }

  /** The lanes in the order of their rows. */
  get inOrder() {
    const { lanes } = this.#control.race;
    return this.#isSorted ? [...lanes].sort((a, b) => judged(b) - judged(a)) : lanes;
  }

  paint() {
    const all = this.#entries,
      next = new Map(),
      order = this.inOrder,
      { lane: looked, lit } = this.#view;
    const looks = stylesOf(/** @type {Lane[]} */ (/** @type {unknown} */ (all)));
    // Its line matches the charts, whatever the order of the rows.
    const drawn = all
      .map((entry, at) => ({ entry, look: looks[at], at: entry.lane ? order.indexOf(entry.lane) : at }))
      .sort((a, b) => a.at - b.at);
    for (const { entry, look } of drawn) {
      const { lane } = entry,
        key = `${lane ? "lane" : "run"}-${entry.id}-${entry.name}`;
      const row = this.#rows.get(key) ?? new Row();
      row.paint(entry, look, !!lane && looked === lane, !!lane && lit === lane);
      row.onRemove = () => this.#remove(entry);
      row.onLook = () => {
        if (lane) this.#lookAt(lane);
      };
      next.set(key, row);
    }
    this.#rows = next;
    this.#lay([...next.values()].map(row => row.element));
  }

  get #isSorted() {
    return this.#sorter.getAttribute("aria-pressed") === "true";
  }

  /** @returns {Entry[]} */
  get #entries() {
    const { made, race, store } = this.#control;
    if (made || race.lanes.length) return race.lanes.map(lane => ({ ...lane, lane }));
    return raceRuns(store.scene).runs.map(({ name, spec, laneIdx, refusal }, id) => ({
      name,
      spec,
      id,
      laneIdx,
      refusal,
      fork: undefined,
    }));
  }

  /** @param {Entry} entry */
  #remove({ lane, laneIdx }) {
    if (lane) this.#control.remove(lane);
    else this.#control.set({ lanes: this.#control.store.scene.race.lanes.filter((_, at) => at !== laneIdx) });
  }

  /** Puts rows in their order; the focus stays. @param {Element[]} rows */
  #lay(rows) {
    const place = this.#place,
      held = document.activeElement;
    if (rows.length === place.children.length - 1 && rows.every((row, at) => place.children[at + 1] === row))
      return;
    place.replaceChildren(this.#head, ...rows);
    if (held instanceof HTMLElement && place.contains(held)) held.focus({ preventScroll: true });
  }
}

/** Its last test accuracy; −1 if it has none. @param {Lane} lane */
const judged = lane => lane.history.judgements.at(-1)?.judged.accuracy ?? -1;

class Row {
  onRemove = () => {};
  onLook = () => {};

  constructor() {
    this.line = svg("path", { d: "M0 3H26" });
    const swatch = svg("svg", { width: 26, height: 6, "aria-hidden": "true", class: "lane-line" }, this.line);
    this.words = html("b");
    this.name = html(
      "button",
      { class: "name", type: "button", onclick: () => this.onLook() },
      swatch,
      this.words,
    );
    this.accuracy = html("span", "num acc");
    this.millis = html("span", "num");
    this.kept = html("span", "num");
    this.remove = html(
      "button",
      { class: "icon remove", type: "button", onclick: () => this.onRemove() },
      "✕",
    );
    this.fault = html("p", "lane-fault");
    this.element = html(
      "div",
      "row",
      this.name,
      this.accuracy,
      this.millis,
      this.kept,
      this.remove,
      this.fault,
    );
  }

  /** @param {Entry} entry @param {{ token: string, dash: string }} look @param {boolean} isOn its layer is in the cube @param {boolean} isLit it is highlighted in the charts */
  paint({ name, lane, spec, refusal }, { token, dash }, isOn, isLit) {
    say(this.words, name);
    put(this.words, "title", lane?.fork ? `from step ${integer(lane.fork.step)}` : "");
    put(this.element, "class", `row lane-${token}${isOn ? " on" : ""}${isLit ? " lit" : ""}`);
    put(this.line, "stroke-dasharray", dash || "none");
    put(this.name, "aria-pressed", String(isOn));
    this.name.disabled = !lane?.device;
    put(
      this.name,
      "title",
      lane?.device
        ? "Show one of its norm layers in the cube; the keys 1 to 9 highlight a row in the charts"
        : "",
    );
    put(this.remove, "aria-label", `Remove ${name}`);
    const judgement = lane?.history.judgements.at(-1),
      { facts } = lane ?? {};
    say(this.accuracy, judgement ? share(judgement.judged.accuracy, 3) : NOT_YET);
    put(
      this.accuracy,
      "title",
      judgement
        ? `of ${integer(judgement.judged.nImages)} test images${judgement.byBatch ? `; with the batch’s own statistics ${fixed(judgement.byBatch.accuracy, 3)}` : ""}`
        : "not evaluated yet",
    );
    say(this.millis, lane?.millisAStep ? fixed(lane.millisAStep, lane.millisAStep < 100 ? 1 : 0) : NOT_YET);
    put(this.millis, "title", "wall time, a running mean");
    say(this.kept, facts ? integer(facts.nStatistics) : NOT_YET);
    put(
      this.kept,
      "title",
      facts
        ? `running statistics, in addition to ${integer(facts.nParameters)} parameters; ${megabytes(facts.stateBytes)} MB of state, ${megabytes(facts.memoryBytes)} MB in all`
        : "",
    );
    const fault = lane?.failure ?? (refusal ? refused(refusal) : undefined);
    say(this.fault, fault ? `⚠ ${fault.message}. ${fault.hint}` : "");
    this.fault.hidden = !fault;
    const loss = lane?.history.losses;
    Object.assign(this.element.dataset, {
      kind: spec.norm.kind,
      step: String(lane?.history.step ?? 0),
      loss: loss?.length ? String(loss.values[loss.length - 1]) : "",
      start: lane?.startHash ?? "",
      order: lane?.report?.orderHash ?? "",
      marks: String(lane?.history.marks.length ?? 0),
      fork: lane?.fork ? String(lane.fork.step) : "",
      accuracy: judgement ? String(judgement.judged.accuracy) : "",
      engine: lane?.device?.kind ?? "",
    });
  }
}

/** @param {Element} place @param {string} text */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
