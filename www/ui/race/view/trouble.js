// @ts-check
// The race's failures, told in the race: what happened, what is kept, and a button that does something about it.

import { integer, listed, quantity } from "../../lib/format.js";
import { mute, tell } from "../../lib/messages.js";
import { copying } from "../../lib/report.js";
import { AWAKE, couldUseGpu } from "../model/awake.js";
import { isUnmade } from "../model/lane.js";

/** @import { Failure } from "../../../pkg/blue_cube.js" */
/** @typedef {import("../model/control.js").Control} Control */
/** @typedef {import("../model/race.js").Lane} Lane */

/** Tells the failures of a race's lanes, each once for all lanes that it concerns. */
export class Troubles {
  /** The lanes that had the same failure. @type {Map<string, Set<Lane | undefined>>} */
  #concerned = new Map();
  /** What was told of a GPU that did not answer. @type {Set<string>} */
  #silent = new Set();
  /** @type {Control | undefined} */
  #control;

  /** @param {Control} control */
  follow(control) {
    this.#control = control;
    const { race } = control;
    race.on(event => {
      if (event === "lanes" && !race.lanes.length) {
        this.#concerned.clear();
        mute("race-failure");
        mute("race-notice");
      }
      if (event === "lanes") this.#forget();
    });
    showWorker(control);
  }

  /** @param {Failure} failure @param {Lane | undefined} lane @param {boolean} isNotice it was worked around */
  tell(failure, lane, isNotice) {
    const { message } = failure,
      lanes = (this.#concerned.get(message) ?? new Set()).add(lane);
    this.#concerned.set(message, lanes);
    const known = [...lanes].flatMap(lane => lane ?? []),
      names = listed(known.map(({ name }) => name));
    const isAwake = failure === AWAKE;
    if (isAwake) for (const silent of this.#silent) mute("race-notice", silent);
    else if (failure.code === AWAKE.code) this.#silent.add(message);
    const more = { key: message, act: this.#remedy(known, isNotice, message) };
    const of = { ...failure, message: names ? `${names}: ${message}` : message };
    const again = isAwake ? "" : againOf(known);
    if (isNotice) return tell("race-notice", { ...of, hint: `${failure.hint}${again}` }, more);
    const isRefused = known.length > 0 && known.every(isUnmade);
    // A lane that has diverged says so in its row, where its curve ends.
    if (lane?.failure && !isRefused) return;
    const hint = isRefused
      ? `${failure.hint} Nothing is lost: ${known.length > 1 ? "these lanes were" : "this lane was"} never started, and the others are as they were.`
      : failure.hint;
    tell("race-failure", { ...of, hint }, more);
  }

  /** @param {Lane[]} lanes @param {boolean} isNotice @param {string} key */
  #remedy(lanes, isNotice, key) {
    const control = this.#control;
    if (!control || !lanes.length) return undefined;
    if (isNotice) {
      const able = lanes.filter(couldUseGpu);
      const act = () => {
        mute("race-notice", key);
        this.#concerned.delete(key);
        void control.race.remake(able).catch(() => undefined);
      };
      const words = key === AWAKE.message ? "Use the GPU" : "Try the GPU again";
      return able.length ? { words, act } : undefined;
    }
    if (!lanes.every(isUnmade)) return { words: "Resume", act: () => control.start() };
    const act = () => {
      for (const lane of lanes) control.remove(lane);
    };
    return { words: lanes.length > 1 ? `Remove ${quantity(lanes.length, "lane")}` : "Remove the lane", act };
  }

  /** Takes back what was told of lanes that are no longer in the race. */
  #forget() {
    const there = this.#control?.race.lanes ?? [];
    for (const [message, lanes] of this.#concerned) {
      if ([...lanes].some(lane => !lane || there.includes(lane))) continue;
      this.#concerned.delete(message);
      mute("race-failure", message);
      mute("race-notice", message);
    }
  }
}

/** What of lanes whose engine was lost is trained again. @param {Lane[]} lanes */
function againOf(lanes) {
  const cuts = lanes.flatMap(({ history }) => history.cuts.at(-1) ?? []);
  return cuts.length ? ` What came after step ${integer(Math.min(...cuts))} is trained again.` : "";
}

/** While a worker is in trouble, says why and what is kept of its lanes, and offers another worker. @param {Control} control */
function showWorker(control) {
  const { race } = control;
  /** The trouble last shown, which may have been dismissed. @type {import("../model/pool.js").Trouble | undefined} */
  let said;
  race.on(event => {
    const { trouble } = race;
    if ((event !== "state" && event !== "lanes") || trouble === said) return;
    said = trouble;
    if (!trouble) return mute("race-failure", "worker");
    const {
        failure: { code, message, hint },
        isOver,
        isBug,
      } = trouble,
      hasBegun = race.lanes.some(lane => lane.history.step && !lane.isRecord);
    const what = isOver
      ? staysOf(race.lanes.filter(lane => lane.isAway))
      : "Nothing is lost: it may recover by itself, or another worker can take over.";
    tell(
      "race-failure",
      { code, message, hint: [what, hint].filter(Boolean).join(" ") },
      {
        key: "worker",
        acts: [
          { words: hasBegun ? "Resume" : "Try again", act: () => control.start() },
          ...(isBug ? [copying(message)] : []),
        ],
      },
    );
  });
}

/** What is kept of lanes whose worker is gone. @param {Lane[]} lanes */
function staysOf(lanes) {
  const back = lanes.filter(({ history, snapshot }) => history.step > (snapshot?.step ?? 0));
  if (!back.length) return "Nothing is lost.";
  const steps = [...new Set(back.map(({ snapshot }) => snapshot?.step ?? 0))].map(integer);
  return `Nothing is lost: what came after step ${steps.join(", ")} will be trained again.`;
}
