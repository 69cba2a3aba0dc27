// @ts-check
// The race's section: its sentence, its lanes, its transport buttons, its progress and the time left.

import { byId, html, put } from "../../lib/dom.js";
import { mute, tell } from "../../lib/messages.js";
import { clock, duration, listed } from "../../lib/format.js";
import { fixed } from "../../lib/number_text.js";
import { engine, trial } from "../model/names.js";
import { showAdding, showForking } from "./add.js";
import { Control } from "../model/control.js";
import { showGains } from "./gains.js";
import { showHidden } from "./hidden.js";
import { showKept } from "./kept.js";
import { showLanes } from "./lanes.js";
import { going } from "../model/lane.js";
import { secondsLeft } from "../model/time_left.js";
import { least } from "../model/pace.js";
import { showLoading } from "./loading.js";
import { askFirst, showRaceExperiments } from "./experiments.js";
import { gathered } from "../../lib/paced.js";
import { Race } from "../model/race.js";
import { showRaceSentence } from "./sentence.js";
import { showRaceViews } from "./show.js";
import { imageWords } from "./time.js";
import { Troubles } from "./trouble.js";

/** @typedef {import("../../lib/store.js").Store} Store */
/** @typedef {import("../model/race.js").Lane} Lane */

/** Milliseconds between two paints of what every step changes, at least. */
const PAINT_MILLIS = 200;

/** Characters of a hash that are shown. */
const HASH_SHOWN = 6;

/**
 * Shows the race.
 * @param {Store} store
 */
export function showRace(store) {
  const troubles = new Troubles(),
    race = new Race((failure, lane, isNotice) => troubles.tell(failure, lane, isNotice));
  const control = new Control(race, store),
    views = showRaceViews(race, control);
  const told = (/** @type {unknown} */ failure) =>
    tell("race-notice", /** @type {import("../../../pkg/blue_cube.js").Failure} */ (failure));
  troubles.follow(control);
  showRaceSentence(control);
  const laneOf = showLanes(
    control,
    views.view,
    lane => {
      views.lookAt(lane).catch(told);
    },
    byId("race-lanes", HTMLElement),
  );
  showAdding(control, byId("race-more-lanes", HTMLElement));
  showGains(control, byId("race-more-lanes", HTMLElement));
  showForking(control, views.view, byId("race-fork", HTMLElement));
  showTransport(control, row => {
    const lane = laneOf(row);
    if (lane) views.view.set({ lit: views.view.lit === lane ? undefined : lane });
  });
  showProgress(control);
  showLoading(race, byId("race-loading", HTMLElement));
  showWaiting(control);
  showHashes(control);
  askFirst(control, byId("race-ask", HTMLElement), () => secondsLeft(race));
  const presets = showRaceExperiments(control, views.setGhosts);
  showKept(control);
  showHidden(control);
  return { refresh: views.refresh, openExperiment: presets.open };
}

/** @param {Control} control @param {(row: number) => void} light highlights the lane of a row */
function showTransport(control, light) {
  const { race } = control,
    section = byId("race", HTMLElement);
  const [play, step, reset] = ["race-play", "race-step", "race-reset"].map(id => byId(id, HTMLButtonElement));
  const toggle = () => {
    mute("race-failure");
    if (race.isRunning) return control.pause();
    if (isDone(race)) control.more(reached(race));
    control.start();
  };
  const one = () => {
    mute("race-failure");
    control.step();
  };
  play.addEventListener("click", toggle);
  step.addEventListener("click", one);
  reset.addEventListener("click", () => void control.leave());
  section.addEventListener("keydown", event => {
    const { target, key } = event;
    // Keys typed into the pad or a number are not meant for the race.
    if (
      event.defaultPrevented ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      !(target instanceof HTMLElement)
    )
      return;
    // Numbers in the sentence are typed into, and Space presses a button.
    if (/^[1-9]$/.test(key) && !target.closest("select, input, textarea, [role=spinbutton]"))
      light(Number(key));
    else if (target.closest("button, select, input, summary, textarea")) return;
    else if (key === " ") toggle();
    else if (key === ".") one();
    else return;
    event.preventDefault();
  });
  const paint = () => {
    const words = play.querySelector("span"),
      hasBegun = race.lanes.some(lane => lane.history.step && !lane.isRecord);
    const label = race.isRunning ? "Pause" : isDone(race) ? "1 more epoch" : hasBegun ? "Resume" : "Start";
    if (words && words.textContent !== label) words.textContent = label;
    put(play, "data-running", String(race.isRunning));
    play.disabled = false;
    step.disabled = race.isRunning;
    reset.disabled = !control.made && !race.lanes.length;
  };
  const soon = gathered(PAINT_MILLIS, paint);
  // Start and pause respond at once.
  race.on(event => {
    if (event === "state" || event === "lanes") paint();
    else if (event === "progress") soon();
  });
  control.on(paint);
  paint();
}

/** Images that the slowest lane has trained on. @param {Race} race */
const reached = race => least(going(race));

/** Whether every lane has reached the goal. @param {Race} race */
const isDone = race => race.epochImages > 0 && going(race).length > 0 && reached(race) >= race.goalImages;

/** @param {Control} control */
function showProgress(control) {
  const { race, store } = control,
    words = byId("race-clock", HTMLElement),
    chip = byId("chip", HTMLElement);
  const paint = () => {
    const { epochs } = store.scene.race,
      lanes = going(race),
      images = lanes.length ? reached(race) : 0;
    const left = secondsLeft(race);
    const parts =
      race.epochImages && lanes.length
        ? [
            `epoch ${fixed(images / race.epochImages, images / race.epochImages < 10 ? 2 : 1)} of ${epochs}`,
            imageWords(images),
          ]
        : [];
    if (race.trouble) parts.push(race.trouble.words);
    else if (isDone(race)) parts.push("done");
    else if (control.made && !race.lanes.length) parts.push("no lanes: add one");
    else if (control.made && !control.isSettled) parts.push("preparing the lanes");
    else if (left !== undefined && race.isRunning)
      parts.push(left < 3600 ? `${clock(left)} left` : `about ${duration(left)} left`);
    else if (parts.length) parts.push("paused");
    const text = parts.join(" · ") || "Not started yet.";
    if (words.textContent !== text) words.textContent = text;
    put(words, "data-images", String(images));
    const { device } = race.lanes.find(lane => lane.device) ?? {};
    const name = device ? engine(device) : "not chosen yet";
    if (chip.textContent !== name) chip.textContent = name;
    put(chip, "data-kind", device?.kind ?? "");
    put(chip, "title", device ? trial(device) : "");
  };
  const soon = gathered(PAINT_MILLIS, paint);
  race.on(event => {
    if (event !== "loading") soon();
  });
  control.on(paint);
  paint();
}

/** Shows the settings that need a new start. @param {Control} control */
function showWaiting(control) {
  const place = byId("race-anew", HTMLElement),
    words = html("span", "said");
  const startAnew = async () => {
    const { isRunning } = control.race;
    await control.leave();
    control.open();
    if (isRunning) control.start();
  };
  place.replaceChildren(
    words,
    html("button", { type: "button", id: "race-start-anew", onclick: startAnew }, "Start over"),
    html("button", { type: "button", id: "race-keep", onclick: () => control.keep() }, "Keep this race"),
  );
  const paint = () => {
    const { waiting } = control;
    place.hidden = !waiting.length;
    words.textContent = waiting.length
      ? `The race below keeps its own ${listed(waiting)}, which cannot change while it runs.`
      : "";
  };
  control.on(paint);
  paint();
}

/** Shows whether the lanes started equal and saw the same images. @param {Control} control */
function showHashes(control) {
  const { race } = control,
    place = byId("race-hashes", HTMLElement);
  const paint = () => {
    const lanes = race.lanes.filter(lane => lane.startHash && !lane.fork);
    place.hidden = !lanes.length;
    if (!lanes.length) return;
    const starts = alike(
      lanes,
      lane => `${lane.spec.seed}`,
      lane => lane.startHash,
    );
    const orders = alike(
      lanes.filter(lane => lane.history.nImages),
      lane => `${lane.spec.seed} ${lane.history.nImages}`,
      lane => lane.report?.orderHash ?? "",
    );
    place.textContent = [`start ${starts}`, orders && `order ${orders}`].filter(Boolean).join(" · ");
  };
  const soon = gathered(PAINT_MILLIS, paint);
  race.on(event => {
    if (event !== "loading") soon();
  });
  control.on(paint);
  paint();
}

/**
 * Text such as "3fa9c1…: equal in 7 lanes".
 * @param {Lane[]} lanes
 * @param {(lane: Lane) => string} groupOf lanes of the same group can be compared
 * @param {(lane: Lane) => string} hashOf
 */
function alike(lanes, groupOf, hashOf) {
  /** @type {Map<string, Lane[]>} */
  const groups = new Map();
  for (const lane of lanes) groups.set(groupOf(lane), [...(groups.get(groupOf(lane)) ?? []), lane]);
  const all = [...groups.values()].sort((a, b) => b.length - a.length);
  if (!all.length) return "";
  const compared = all.filter(group => group.length > 1),
    differs = compared.some(group => new Set(group.map(hashOf)).size > 1);
  const shown = `${hashOf(all[0][0]).slice(0, HASH_SHOWN)}…`;
  if (differs) return `${shown}: DIFFERS`;
  return compared.length
    ? `${shown}: equal in ${compared.reduce((sum, group) => sum + group.length, 0)} lanes`
    : shown;
}
