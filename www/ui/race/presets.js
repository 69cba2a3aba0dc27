// @ts-check
// The sources' experiments as races: what each reproduces, what its source reported, what comes out here. They stand in the
// worker's wasm, which is loaded when one is asked for.

import { raceRuns, readHash, writeHash } from "../../pkg/blue_cube.js";
import { byId, html } from "../dom.js";
import { duration, fixed } from "../format.js";
import { epochsOf } from "./epochs.js";
import { RACE_PRESETS } from "../experiments.js";

/** @typedef {import("../../pkg/worker/blue_cube.js").RacePreset} RacePreset */
/** @typedef {import("../../pkg/worker/blue_cube.js").FigureAt} FigureAt */
/** @typedef {import("../../pkg/worker/blue_cube.js").PresetLane} PresetLane */
/** @typedef {import("./control.js").Control} Control */
/** @typedef {import("./race.js").Lane} Lane */
/** @typedef {import("./epochs.js").Epoch} Epoch */

/** What the name of a quick form ends in. */
const QUICK = "-quick";

/** @type {Record<FigureAt["figure"], [words: string, of: (epoch: Epoch) => number | undefined]>} */
const FIGURES = {
  "train-accuracy": ["training accuracy", epoch => epoch.trainAccuracy], "train-loss": ["training loss", epoch => epoch.trainLoss],
  "test-accuracy": ["test accuracy", epoch => epoch.testAccuracy], "test-loss": ["test loss", epoch => epoch.testLoss],
  "test-accuracy-by-batch": ["test accuracy by the batch’s own", epoch => epoch.byBatchAccuracy],
  "batch-weight": ["weight of the batch’s statistics", ({ norms }) => mean(norms.flatMap(({ mix }) => [mix[2], mix[5]].filter(Number.isFinite)))],
  rho: ["ρ", ({ norms }) => mean(norms.flatMap(({ rho }) => [...rho]))],
};

/** Of no values none. @param {number[]} values */
const mean = values => values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;

const FIGURE_NAMES = /** @type {FigureAt["figure"][]} */ (Object.keys(FIGURES));

/** @type {Promise<typeof import("../../pkg/worker/blue_cube.js")> | undefined} */
let loading;

/** The wasm that knows the experiments. */
const known = () => loading ??= import("../../pkg/worker/blue_cube.js").then(async module => {
  await module.default();
  return module;
});

/**
 * @param {Control} control
 * @param {(ghosts: [Lane, import("./feed.js").Ghost][]) => void} setGhosts
 * @returns {{ open: (link: string, isJoined?: boolean, more?: string) => Promise<void> }}
 */
export function showRacePresets(control, setGhosts) {
  const { store, race } = control, place = byId("race-preset", HTMLElement);
  /** @type {RacePreset | undefined} */
  let shown;
  /** The experiment's lanes by the keys of their runs. @type {Map<string, PresetLane>} */
  let lanes = new Map();
  /** @type {[HTMLElement, string, FigureAt][]} */
  let cells = [];
  /** @type {((epochs: Map<Lane, Epoch[]>) => void) | undefined} */
  let judge;
  const follow = async () => {
    const link = store.scene.race.preset;
    if (link === (shown?.setup.preset ?? undefined)) return;
    const wasm = link ? await known() : undefined, next = link ? wasm?.racePreset(link) : undefined;
    if (store.scene.race.preset !== link) return;
    shown = next;
    const runs = next ? raceRuns({ ...store.scene, race: next.setup }).runs : [];
    // A sweep has more runs than lanes, and its source no figures.
    const isSweep = next && next.preset.lanes.length !== next.setup.lanes.length;
    lanes = new Map(isSweep ? [] : runs.map(run => [run.key, /** @type {RacePreset} */ (next).preset.lanes[run.laneIdx]]));
    place.hidden = !next;
    judge = undefined;
    if (next && wasm && link) {
      cells = tell(place, next, lanes, open);
      judge = claims(byId("race-claims", HTMLElement), found => wasm.raceVerdicts(link, found));
    }
    compare();
  };
  const compare = () => {
    if (!shown) return setGhosts([]);
    const laneOf = (/** @type {string} */ key) => race.lanes.find(lane => control.keys.get(lane.id) === key);
    const epochs = new Map(race.lanes.map(lane => [lane, epochsOf(lane.history, race.epochImages)]));
    judge?.(epochs);
    for (const [cell, key, { epoch, figure }] of cells) {
      const lane = laneOf(key), found = lane && epochs.get(lane)?.find(own => own.epoch === epoch), value = found && FIGURES[figure][1](found);
      const text = value === undefined ? "·" : fixed(value, 3);
      if (cell.textContent !== text) cell.textContent = text;
    }
    /** @type {Parameters<typeof setGhosts>[0]} */
    const ghosts = [];
    for (const [key, { reported }] of lanes) {
      const lane = laneOf(key), points = reported.filter(({ figure }) => figure === "test-accuracy");
      if (lane && points.length > 1) ghosts.push([lane, { label: `${lane.name}, reported`, epochs: points.map(({ epoch }) => epoch), accuracies: points.map(({ value }) => value) }]);
    }
    setGhosts(ghosts);
  };
  const open = async (/** @type {string} */ link, isJoined = false, more = "") => {
    const found = (await known()).racePreset(link);
    if (!found) return;
    // The later of two equal keys counts.
    const { race } = more ? readHash(`${writeHash({ ...store.scene, race: found.setup })}&${more}`).scene : { race: found.setup };
    if (isJoined) store.travel({ scene: { ...store.scene, race }, changes: store.consequences });
    else store.set({ race });
  };
  store.on(change => { if (change !== "focus" && change !== "lit") follow(); });
  control.on(compare);
  race.on(event => { if (event === "judged" || event === "lanes") compare(); });
  follow();
  return { open };
}

/**
 * Tells of an experiment; gives the cells of what comes out here.
 * @param {HTMLElement} place
 * @param {RacePreset} found
 * @param {Map<string, PresetLane>} lanes
 * @param {(link: string) => Promise<void>} open
 * @returns {[HTMLElement, string, FigureAt][]}
 */
function tell(place, { preset, setup }, lanes, open) {
  const isQuick = setup.preset?.endsWith(QUICK), known = RACE_PRESETS.find(([id]) => id === preset.name);
  const line = (/** @type {string} */ name, /** @type {string} */ words) => [html("dt", "", name), html("dd", "", words)];
  /** @type {[HTMLElement, string, FigureAt][]} */
  const cells = [];
  const rows = [...lanes].flatMap(([key, { name, reported }]) => reported.map(figure => {
    const own = html("td", "", "·");
    own.dataset.figure = `${name} ${figure.figure} ${figure.epoch}`;
    cells.push([own, key, figure]);
    return html("tr", "", html("th", "", name), html("td", "what", `${FIGURES[figure.figure][0]}, epoch ${figure.epoch}`), html("td", "", fixed(figure.value, 3)), own);
  }));
  const table = html("table", "", html("thead", "", html("tr", "", ...["lane", "", "reported", "here"].map(words => html("th", "", words)))), html("tbody", "", ...rows));
  const more = html("button", "", isQuick ? "the whole experiment" : "its quick form");
  more.type = "button";
  more.hidden = !known?.[2];
  more.addEventListener("click", () => open(isQuick ? preset.name : `${preset.name}${QUICK}`));
  const none = html("p", "hint-text", "The source reports no figures.");
  const reports = html("details", "reports", html("summary", "", "reported and here"), table);
  reports.open = rows.length <= 6;
  const list = html("ul", "claims");
  list.id = "race-claims";
  place.replaceChildren(
    html("dl", "", ...line(setup.preset ?? preset.name, preset.reproduces), ...line("differs", preset.differs)), more, list, rows.length ? reports : none,
  );
  return cells;
}

/** A claim's sign and word, by whether it came out. */
const SIGNS = { true: ["✓", "holds"], false: ["✗", "does not hold"], undefined: ["·", "not yet"] };

/**
 * Tells of each claim of an experiment whether it came out.
 * @param {HTMLElement} list
 * @param {(found: import("../../pkg/worker/blue_cube.js").Found[]) => import("../../pkg/worker/blue_cube.js").Verdict[]} verdicts
 * @returns {(epochs: Map<Lane, Epoch[]>) => void} to be called when lanes came, went or were judged
 */
function claims(list, verdicts) {
  return all => {
    const found = [...all].filter(([lane]) => !lane.isRecord && !lane.fork).map(([{ spec }, epochs]) => ({ spec, figures: figuresOf(epochs) }));
    const items = verdicts(found).map(({ claim, found, holds }) => {
      const [sign, word] = SIGNS[/** @type {"true" | "false" | "undefined"} */ (String(holds ?? undefined))];
      const item = html("li", "", html("span", "sign", sign), ` ${claim}: `, html("b", "", word), found ? ` (${found})` : "");
      item.dataset.holds = String(holds ?? "");
      return item;
    });
    if (items.map(item => item.textContent).join() === [...list.children].map(item => item.textContent).join()) return;
    list.replaceChildren(...items);
  };
}

/** The figures of whole epochs. @param {Epoch[]} epochs */
const figuresOf = epochs => epochs.filter(({ epoch }) => Number.isInteger(epoch)).flatMap(epoch => FIGURE_NAMES.flatMap(figure => {
  const value = FIGURES[figure][1](epoch);
  return value === undefined ? [] : [{ epoch: epoch.epoch, figure, value }];
}));

/**
 * Asks before an experiment that takes more than a minute runs on, once its steps have been timed.
 * @param {Control} control
 * @param {HTMLElement} place
 * @param {() => number | undefined} secondsLeft
 */
export function askFirst(control, place, secondsLeft) {
  const { race } = control;
  /** @type {unknown} */
  let asked;
  const yes = html("button", "", "Run it"), words = html("span", "said");
  yes.type = "button";
  yes.id = "race-run-it";
  yes.addEventListener("click", () => {
    place.hidden = true;
    control.start();
  });
  place.replaceChildren(words, yes);
  race.on(event => {
    if (event === "lanes" || (race.isRunning && asked === control.made)) place.hidden = true;
    if (event !== "progress" || !race.isRunning || !control.made?.preset || asked === control.made) return;
    const left = secondsLeft();
    if (left === undefined || race.lanes.some(lane => lane.history.step < ENOUGH_STEPS && !lane.failure)) return;
    asked = control.made;
    if (left <= LONG_SECONDS) return;
    control.pause();
    words.textContent = `This takes about ${duration(left)} here as the first steps go, judging apart.`;
    place.hidden = false;
  });
}

/** Steps of each lane that time the rest. */
const ENOUGH_STEPS = 8;

/** What takes longer is asked for. */
const LONG_SECONDS = 60;
