// @ts-check
// Adds lanes to a race: another norm, or a fork of a lane that continues with another setting from a saved moment.

import { raceRuns, readRace, sceneLane } from "../../../pkg/blue_cube.js";
import { AXES, NORMS } from "../../lib/catalog.js";
import { html } from "../../lib/dom.js";
import { integer, messageOf, quantity } from "../../lib/format.js";
import { decimal } from "../../lib/number_text.js";
import { MAX_NAMED, NET_CHANNELS } from "../model/choices.js";
import { offerLanes } from "./choice.js";
import { gathered } from "../../lib/paced.js";

/** @import { Axis, Change, Norm, RaceField, Scene, Setup } from "../../../pkg/blue_cube.js" */
/** @import { Control } from "../model/control.js" */
/** @import { View } from "./view.js" */

/** Milliseconds between two paints, at least. */
const PAINT_MILLIS = 250;

/** Choices besides the catalogue's first norms. @type {[string, Norm][]} */
const RMS = [
  ["RMS over C", { kind: "rms", axes: ["c"] }],
  ["RMS over C, H, W", { kind: "rms", axes: ["c", "h", "w"] }],
];

/** @type {[string, Norm][]} */
const PLAIN = [
  ...NORMS.filter(({ number }) => !number).map(
    ({ kind, short, first }) => /** @type {[string, Norm]} */ ([kind === "none" ? "no norm" : short, first]),
  ),
  ...RMS,
];

/** @type {[RaceField, string, "learning-rate" | "batch" | "epsilon" | "momentum"][]} */
const CHANGES = [
  ["rate", "rate", "learning-rate"],
  ["batch", "batch", "batch"],
  ["epsilon", "ε", "epsilon"],
  ["momentum", "momentum", "momentum"],
];

const divisors = (/** @type {number} */ n) =>
  Array.from({ length: n }, (_, at) => at + 1).filter(d => n % d === 0);

/** Every mean over a subset of the axes. @returns {[string, Norm][]} */
const overAxes = () =>
  Array.from({ length: 15 }, (_, at) => {
    const axes = /** @type {Axis[]} */ (AXES.filter((_, bit) => ((at + 1) >> bit) & 1));
    return [`over ${axes.join(", ").toUpperCase()}`, { kind: "axes", axes }];
  });

/** The norms that a setup's race can use, in groups. @param {Setup} setup @returns {[string, [string, Norm][]][]} */
function choices({ net, batch }) {
  const parts = divisors(batch).filter(d => d > 1);
  return [
    ["", PLAIN],
    ...NORMS.filter(({ number }) => number === "groups").map(
      ({ name, short, first }) =>
        /** @type {[string, [string, Norm][]]} */ ([
          name,
          divisors(NET_CHANNELS[net]).map(groups => [`${short} ${groups}`, { ...first, groups }]),
        ]),
    ),
    [
      "Parts of the batch",
      parts.flatMap(part =>
        NORMS.filter(({ divides }) => divides === "n").map(
          ({ number, short, first }) =>
            /** @type {[string, Norm]} */ ([
              `${short}, ${number === "size" ? `parts of ${part}` : quantity(part, "device")}`,
              { ...first, [number]: part },
            ]),
        ),
      ),
    ],
    ["Your own: a mean over axes", overAxes()],
  ];
}

/** A lane that shares everything but its norm. @param {Norm} norm @returns {Setup["lanes"][number]} */
const laneOf = norm => ({ norm, batch: undefined, rate: undefined, epsilon: undefined, affine: "" });

/**
 * The choices in groups, those that the network cannot be trained with in one per reason.
 * @param {Scene} scene
 * @returns {[words: string, isRefused: boolean, [string, Norm][]][]}
 */
function grouped(scene) {
  const all = choices(scene.race),
    norms = all.flatMap(([, of]) => of.map(([, norm]) => norm));
  const lanes = norms.map(laneOf),
    { runs } = raceRuns({ ...scene, race: { ...scene.race, lanes, seeds: 1 } });
  const refusalOf = (/** @type {Norm} */ norm) => runs[norms.indexOf(norm)]?.refusal;
  /** @type {Map<string, [string, Norm][]>} */
  const refused = new Map();
  for (const choice of all.flatMap(([, of]) => of)) {
    const why = refusalOf(choice[1]);
    if (why) refused.set(why, [...(refused.get(why) ?? []), choice]);
  }
  return [
    ...all.map(
      ([words, of]) =>
        /** @type {[string, boolean, [string, Norm][]]} */ ([
          words || "Norms",
          false,
          of.filter(([, norm]) => !refusalOf(norm)),
        ]),
    ),
    ...[...refused].map(([why, of]) => /** @type {[string, boolean, [string, Norm][]]} */ ([why, true, of])),
  ];
}

/** The choice of the layer that the cube shows. */
const OF_CUBE = "cube";

/** Adds the cube's layer as a lane; returns what to say about it. @param {Control} control */
function addOfCube(control) {
  const { scene } = control.store,
    { lanes } = scene.race;
  try {
    const { lane, leftOut } = sceneLane(scene);
    control.set({ lanes: [...lanes, lane] });
    return leftOut.length ? `Not taken along: ${leftOut.join("; ")}.` : "";
  } catch (error) {
    return `${messageOf(error)}.`;
  }
}

/** @param {Control} control @param {HTMLElement} place */
export function showAdding(control, place) {
  const { store } = control,
    pick = html("select", { class: "pick", id: "race-add", "aria-label": "Add a lane" });
  const said = html("span", { role: "status", id: "race-add-said" });
  /** @type {Norm[]} */
  let norms = [];
  let made = "";
  const fill = () => {
    const { race } = store.scene,
      key = `${race.net} ${race.batch}`;
    pick.disabled = race.lanes.length >= MAX_NAMED;
    pick.title = pick.disabled ? `at most ${MAX_NAMED} lanes` : "";
    if (key === made) return;
    made = key;
    norms = [];
    pick.replaceChildren(
      new Option("+ add a lane", ""),
      new Option("as in the cube", OF_CUBE),
      ...grouped(store.scene)
        .filter(([, , all]) => all.length)
        .map(([label, disabled, all]) => {
          const options = all.map(([words, norm]) => new Option(words, String(norms.push(norm) - 1)));
          return html("optgroup", { label, disabled }, ...options);
        }),
    );
  };
  pick.addEventListener("change", () => {
    const norm = norms[Number(pick.value)];
    const { lanes } = store.scene.race;
    said.textContent = pick.value === OF_CUBE ? addOfCube(control) : "";
    if (pick.value && norm)
      control.set({
        lanes: [...lanes, laneOf(norm)],
      });
    pick.value = "";
  });
  place.append(pick, said);
  store.onScene(fill);
  fill();
}

/** @param {Control} control @param {View} view @param {HTMLElement} place */
export function showForking(control, view, place) {
  const { race } = control,
    lanes = html("select", { class: "pick", id: "fork-lane", "aria-label": "Lane to fork" });
  const options = CHANGES.map(([field, words]) => new Option(words, field));
  const kinds = html(
    "select",
    { class: "pick", id: "fork-kind", "aria-label": "What the fork changes" },
    ...options,
  );
  const typed = { value: "0.01", inputmode: "decimal", autocomplete: "off", "aria-label": "New value" };
  const value = html("input", { class: "short", id: "fork-value", ...typed }),
    go = html("button", { class: "text", type: "button", id: "fork" }, "fork");
  const said = html("span", { class: "error", role: "alert", hidden: true }),
    from = html("span", { id: "fork-from", role: "status" });
  place.append("Fork ", lanes, " with ", kinds, " ", value, " ", go, " ", said, from);
  const say = (/** @type {string} */ words) => {
    said.textContent = words;
    said.hidden = !words;
    from.textContent = "";
  };
  go.addEventListener("click", () => {
    const lane = race.lanes.find(({ id }) => String(id) === lanes.value),
      change = CHANGES.find(([field]) => field === kinds.value);
    if (!lane || !change) return;
    try {
      const [field, words, kind] = change,
        number = readRace(field, value.value),
        moment = view.moment ?? Infinity;
      const step = lane.history.images.values.findLastIndex(images => images <= moment) + 1;
      say("");
      const { fork } = control.fork(
        lane,
        step,
        /** @type {Change} */ ({ [kind]: number }),
        `${words} ${decimal(number)}`,
      );
      from.textContent = `It goes on from step ${integer(fork?.step ?? 0)} of ${lane.name}, the last saved state up to step ${integer(step)}.`;
    } catch (error) {
      say(`${messageOf(error)}.`);
      value.focus();
    }
  });
  const paint = () => {
    const able = race.lanes.filter(lane => lane.device && !lane.isRecord && lane.history.step);
    place.hidden = !able.length;
    offerLanes(lanes, able);
  };
  const soon = gathered(PAINT_MILLIS, paint);
  race.on(event => {
    if (event !== "loading") soon();
  });
  paint();
}
