// @ts-check
// The sources' experiments as races: what each reproduces, what its source reported, and the results here. They are in the
// worker's wasm, which is loaded when one is opened.

import { raceRuns, readHash, writeHash } from "../../../pkg/blue_cube.js";
import { EXPERIMENTS, FIGURE_DIGITS, FIGURES } from "../../lib/catalog.js";
import { byId, html } from "../../lib/dom.js";
import { duration } from "../../lib/format.js";
import { fixed } from "../../lib/number_text.js";
import { epochsOf } from "../model/epochs.js";
import { attempt } from "../../lib/late.js";
import { startWasm } from "../../lib/wasm.js";

/** @typedef {import("../../../pkg/worker/blue_cube.js").RaceExperiment} RaceExperiment */
/** @typedef {import("../../../pkg/worker/blue_cube.js").FigureAt} FigureAt */
/** @typedef {import("../../../pkg/worker/blue_cube.js").ExperimentLane} ExperimentLane */
/** @typedef {import("../../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../model/control.js").Control} Control */
/** @typedef {import("../model/race.js").Lane} Lane */
/** @typedef {import("../model/epochs.js").Epoch} Epoch */

/** Reported figures that are shown at once; the rest can be expanded. */
const MOST_OPEN = 6;

/** Suffix of the name of a quick version. */
const QUICK = "-quick";

/** A figure of an epoch. @type {Record<FigureAt["figure"], (epoch: Epoch) => number | undefined>} */
const VALUES = {
  "train-loss": epoch => epoch.trainLoss,
  "train-accuracy": epoch => epoch.trainAccuracy,
  "test-loss": epoch => epoch.testLoss,
  "test-accuracy": epoch => epoch.testAccuracy,
  "test-accuracy-by-batch": epoch => epoch.byBatchAccuracy,
  "batch-weight": ({ norms }) => mean(norms.flatMap(({ mix }) => [mix[2], mix[5]].filter(Number.isFinite))),
  rho: ({ norms }) => mean(norms.flatMap(({ rho }) => [...rho])),
};

/** The mean; undefined for no values. @param {number[]} values */
const mean = values =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;

const FIGURE_NAMES = /** @type {FigureAt["figure"][]} */ (Object.keys(VALUES));

/** @type {Promise<typeof import("../../../pkg/worker/blue_cube.js")> | undefined} */
let loading;

/** The wasm that knows the experiments. */
const known = () =>
  (loading ??= import("../../../pkg/worker/blue_cube.js")
    .then(async module => {
      await startWasm(module.default, new URL("../../../pkg/worker/blue_cube_bg.wasm", import.meta.url));
      return module;
    })
    .catch(error => {
      // The next attempt may succeed.
      loading = undefined;
      throw error;
    }));

/**
 * @param {Control} control
 * @param {(ghosts: [Lane, import("./feed.js").Ghost][]) => void} setGhosts
 * @returns {{ open: (link: string, isJoined?: boolean, more?: string) => Promise<string[]> }}
 */
export function showRaceExperiments(control, setGhosts) {
  const { store, race } = control,
    experiment = new ShownExperiment(control, setGhosts);
  const follow = () => {
    void attempt(() => experiment.follow(), "race-failure");
  };
  store.onScene(follow);
  control.on(() => experiment.compare());
  race.on(event => {
    if (event === "judged" || event === "lanes") experiment.compare();
  });
  follow();
  return { open: (...link) => experiment.open(...link) };
}

/** The experiment that the scene names, next to its results here. */
class ShownExperiment {
  #place = byId("race-experiment", HTMLElement);
  /** @type {RaceExperiment | undefined} */
  #shown;
  /** Its lanes, by the keys of their runs. @type {Map<string, ExperimentLane>} */
  #lanes = new Map();
  /** @type {[HTMLElement, string, FigureAt][]} */
  #cells = [];
  /** @type {((epochs: Map<Lane, Epoch[]>) => void) | undefined} */
  #judge;
  #control;
  #setGhosts;

  /** @param {Control} control @param {(ghosts: [Lane, import("./feed.js").Ghost][]) => void} setGhosts */
  constructor(control, setGhosts) {
    this.#control = control;
    this.#setGhosts = setGhosts;
  }

  /** Shows the experiment that the scene names. */
  async follow() {
    const { store } = this.#control,
      link = store.scene.race.experiment;
    if (link === (this.#shown?.setup.experiment ?? undefined)) return;
    const wasm = link ? await known() : undefined,
      next = link ? wasm?.raceExperiment(link) : undefined;
    if (store.scene.race.experiment !== link) return;
    this.#shown = next;
    this.#lanes = next ? lanesOf(next, store.scene) : new Map();
    this.#place.hidden = !next;
    this.#judge = undefined;
    if (next && wasm && link) {
      const isReported = (/** @type {RaceExperiment | undefined} */ found) =>
        !!found?.experiment.lanes.some(({ reported }) => reported.length);
      const isOfAll = !isReported(next) && isReported(wasm.raceExperiment(next.experiment.name));
      this.#cells = tell(this.#place, next, this.#lanes, isOfAll, link => {
        void attempt(async () => void (await this.open(link)), "race-failure");
      });
      this.#judge = claims(byId("race-claims", HTMLElement), found => wasm.raceVerdicts(link, found));
    }
    this.compare();
  }

  /** Shows the results next to the reported figures. */
  compare() {
    if (!this.#shown) return this.#setGhosts([]);
    const { race } = this.#control,
      epochs = new Map(race.lanes.map(lane => [lane, epochsOf(lane.history, race.epochImages)]));
    this.#judge?.(epochs);
    for (const [cell, key, { epoch, figure }] of this.#cells) {
      const lane = this.#laneOf(key),
        found = lane && epochs.get(lane)?.find(own => own.epoch === epoch),
        value = found && VALUES[figure](found);
      const text = value === undefined ? "·" : fixed(value, FIGURE_DIGITS);
      if (cell.textContent !== text) cell.textContent = text;
    }
    this.#setGhosts(
      [...this.#lanes].flatMap(([key, { reported }]) => {
        const lane = this.#laneOf(key);
        return lane ? [[lane, { label: `${lane.name}, reported`, curves: curvesOf(reported) }]] : [];
      }),
    );
  }

  /** Opens an experiment; resolves with what was changed in the link's further keys. @param {string} link @param {boolean} [isJoined] @param {string} [more] */
  async open(link, isJoined = false, more = "") {
    const { store } = this.#control,
      found = (await known()).raceExperiment(link);
    if (!found) throw new Error(`there is no experiment ${link}`);
    const { race, changes } = withMore({ ...store.chosen, race: found.setup }, more);
    await this.#control.leave();
    if (isJoined) store.join({ race });
    else store.set({ race });
    return changes;
  }

  /** The lane of a run. @param {string} key */
  #laneOf(key) {
    return this.#control.race.lanes.find(lane => this.#control.keys.get(lane.id) === key);
  }
}

/** A scene's race with further keys of a link, and what was changed in these. @param {Scene} scene @param {string} more */
function withMore(scene, more) {
  if (!more) return { race: scene.race, changes: [] };
  const own = [...new URLSearchParams(more).keys()],
    others = writeHash(scene)
      .split("&")
      .filter(pair => !own.includes(pair.split("=")[0]));
  const { scene: read, changes } = readHash([...others, more].join("&"));
  return { race: read.race, changes };
}

/** The charts that show a figure. @type {[FigureAt["figure"], import("../../../pkg/charts/blue_cube.js").View][]} */
const VIEWS = [
  ["test-accuracy", "testAccuracy"],
  ["test-loss", "testLoss"],
  ["train-accuracy", "trainAccuracy"],
  ["train-loss", "trainLoss"],
];

/** What a source reported after more than one epoch, as curves. @param {FigureAt[]} reported */
const curvesOf = reported =>
  VIEWS.flatMap(([figure, view]) => {
    const points = reported.filter(at => at.figure === figure);
    if (points.length < 2) return [];
    return [{ view, epochs: points.map(({ epoch }) => epoch), values: points.map(({ value }) => value) }];
  });

/**
 * The figures of the table: of a source's whole log, those of its first and last epoch. The charts draw the others.
 * @param {FigureAt[]} reported
 */
const ofTable = reported => {
  const last = Math.max(...reported.map(({ epoch }) => epoch));
  return reported.length <= MOST_OPEN
    ? reported
    : reported.filter(({ epoch }) => epoch === 1 || epoch === last);
};

/** The lanes of an experiment by the keys of their runs. @param {RaceExperiment} found @param {Scene} scene @returns {Map<string, ExperimentLane>} */
function lanesOf({ setup, experiment }, scene) {
  // A sweep has more runs than lanes, and its source reports no figures.
  if (experiment.lanes.length !== setup.lanes.length) return new Map();
  return new Map(
    raceRuns({ ...scene, race: setup }).runs.map(run => [run.key, experiment.lanes[run.laneIdx]]),
  );
}

/**
 * Describes an experiment; returns the cells for the results here.
 * @param {HTMLElement} place
 * @param {RaceExperiment} found
 * @param {Map<string, ExperimentLane>} lanes
 * @param {boolean} isReportedOfAll whether its source reports figures, none of which are of this version
 * @param {(link: string) => void} open
 * @returns {[HTMLElement, string, FigureAt][]}
 */
function tell(place, { experiment, setup }, lanes, isReportedOfAll, open) {
  const isQuick = setup.experiment?.endsWith(QUICK),
    known = EXPERIMENTS.find(({ name }) => name === experiment.name);
  const line = (/** @type {string} */ name, /** @type {string} */ words) => [
    html("dt", "", name),
    html("dd", "", words),
  ];
  /** @type {[HTMLElement, string, FigureAt][]} */
  const cells = [];
  const rows = [...lanes].flatMap(([key, { name, reported }]) =>
    ofTable(reported).map(figure => {
      const own = html("td", { "data-figure": `${name} ${figure.figure} ${figure.epoch}` }, "·");
      cells.push([own, key, figure]);
      return html(
        "tr",
        "",
        html("th", "", name),
        html("td", "what", `${FIGURES[figure.figure]}, epoch ${figure.epoch}`),
        html("td", "", fixed(figure.value, FIGURE_DIGITS)),
        own,
      );
    }),
  );
  const table = html(
    "table",
    "",
    html(
      "thead",
      "",
      html("tr", "", ...["lane", "", "reported", "here"].map(words => html("th", "", words))),
    ),
    html("tbody", "", ...rows),
  );
  const onclick = () => open(isQuick ? experiment.name : `${experiment.name}${QUICK}`);
  const more = html(
    "button",
    { type: "button", hidden: !known?.opensQuick, onclick },
    isQuick ? "the whole experiment" : "the quick version",
  );
  const none = html("p", "hint-text", isReportedOfAll ? REPORTED_OF_ALL : "The source reports no figures.");
  const reports = html(
    "details",
    { class: "reports", open: rows.length <= MOST_OPEN },
    html("summary", "", "reported and measured here"),
    table,
  );
  const list = html("ul", { class: "claims", id: "race-claims" });
  place.replaceChildren(
    html(
      "dl",
      "",
      ...line(setup.experiment ?? experiment.name, experiment.reproduces),
      ...line("differs", experiment.differs),
    ),
    more,
    list,
    rows.length ? reports : none,
  );
  return cells;
}

/** Of a quick version. */
const NO_CLAIM = "Too short to decide what the whole experiment claims.",
  REPORTED_OF_ALL =
    "What the source reported is of the whole experiment: more images and more epochs than here.";

/** A claim's sign, by whether it holds. */
const SIGNS = { true: "✓", false: "✗", undefined: "·" };

/**
 * Shows for each claim of an experiment whether it holds.
 * @param {HTMLElement} list
 * @param {(found: import("../../../pkg/worker/blue_cube.js").Found[]) => import("../../../pkg/worker/blue_cube.js").Verdict[]} verdicts
 * @returns {(epochs: Map<Lane, Epoch[]>) => void} to be called when lanes were added, removed or evaluated
 */
function claims(list, verdicts) {
  return all => {
    const found = [...all]
      .filter(([lane]) => !lane.isRecord && !lane.fork)
      .map(([{ spec }, epochs]) => ({ spec, figures: figuresOf(epochs) }));
    const items = verdicts(found).map(({ claim, found, holds, inRace, word }) => {
      const key = /** @type {"true" | "false" | "undefined"} */ (String(holds ?? undefined)),
        sign = inRace ? SIGNS[key] : "–";
      return html(
        "li",
        { "data-holds": String(holds ?? "") },
        html("span", "sign", sign),
        ` ${claim}: `,
        html("b", "", word),
        found && ` (${found})`,
      );
    });
    if (!items.length) items.push(html("li", { "data-holds": "" }, NO_CLAIM));
    if (
      items.map(item => item.textContent).join() === [...list.children].map(item => item.textContent).join()
    )
      return;
    list.replaceChildren(...items);
  };
}

/** The figures of whole epochs. @param {Epoch[]} epochs */
const figuresOf = epochs =>
  epochs
    .filter(({ epoch }) => Number.isInteger(epoch))
    .flatMap(epoch =>
      FIGURE_NAMES.flatMap(figure => {
        const value = VALUES[figure](epoch);
        return value === undefined ? [] : [{ epoch: epoch.epoch, figure, value }];
      }),
    );

/**
 * Asks before an experiment that takes more than a minute continues, once its steps have been timed.
 * @param {Control} control
 * @param {HTMLElement} place
 * @param {() => number | undefined} secondsLeft
 */
export function askFirst(control, place, secondsLeft) {
  const { race } = control;
  /** @type {unknown} */
  let asked;
  const onclick = () => {
    place.hidden = true;
    control.start();
  };
  const yes = html("button", { type: "button", id: "race-run-it", onclick }, "Run it"),
    words = html("span", "said");
  place.replaceChildren(words, yes);
  race.on(event => {
    if (event === "lanes" || (race.isRunning && asked === control.made)) place.hidden = true;
    if (event !== "progress" || !race.isRunning || !control.made?.experiment || asked === control.made)
      return;
    const left = secondsLeft();
    if (left === undefined || race.lanes.some(lane => lane.history.step < ENOUGH_STEPS && !lane.failure))
      return;
    asked = control.made;
    if (left <= LONG_SECONDS) return;
    control.pause();
    words.textContent = `This takes about ${duration(left)} here, judging by the first steps and not counting evaluation.`;
    place.hidden = false;
  });
}

/** Steps of each lane that are timed for the estimate. */
const ENOUGH_STEPS = 8;

/** Longer experiments need a confirmation. */
const LONG_SECONDS = 60;
