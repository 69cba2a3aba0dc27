// @ts-check
// A race as the page knows it: its lanes, their workers, and their progress. Independent of the page's elements.

import { Asked } from "./asked.js";
import { AWAKE, couldUseGpu } from "./awake.js";
import { againOf, changesTo, restoring, snapshotOf } from "./again.js";
import { going, isLost, isUnmade, laneOf, linked, over, recordOf, refusalOf, wentOn } from "./lane.js";
import { least, untilImages } from "./pace.js";
import { Pool } from "./pool.js";
import { RaceState } from "./race_state.js";
import { Trial } from "./trial.js";

/** @import { Change, Course, Failure, FromWorker, LaneReport, RunSpec, SeenLayer, Shown, ToWorker } from "../../../pkg/blue_cube.js" */
/** @import { Answer, OfLane } from "../../lib/worker_messages.js" */
/** @typedef {import("./history.js").History} History */
/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./pool.js").Trouble} Trouble */
/** @typedef {import("./race_state.js").RaceEvent} RaceEvent */

export class Race extends RaceState {
  #id = 0;
  #nextLane = 1;
  #pool = new Pool(
    (message, workerIdx) => this.#receive(message, workerIdx),
    (trouble, workerIdx) => this.#stand(trouble, workerIdx),
  );
  /** Whether the race resumes by itself once there is no more trouble. */
  #isHeld = false;
  #trial = new Trial();
  #asked = new Asked();
  /** @type {(failure: Failure, lane: Lane | undefined, isNotice: boolean) => void} */
  #tell;

  /** @param {(failure: Failure, lane: Lane | undefined, isNotice: boolean) => void} tell shows a failure to the reader */
  constructor(tell) {
    super();
    this.#tell = tell;
  }

  /** Identifies the race among those of this page. */
  get id() {
    return this.#id;
  }

  /** Why the race has stopped although nobody paused it; undefined if it has not. @returns {Trouble | undefined} */
  get trouble() {
    return this.#pool.trouble;
  }

  /** Discards all lanes and opens a new race, paused. @param {Course} course @param {number} [goalImages] */
  open(course, goalImages = Infinity) {
    this.#id += 1;
    this.lanes = [];
    Object.assign(this, { course, goalImages, epochImages: 0, isRunning: false, common: new Set() });
    [this.#trial, this.#isHeld] = [new Trial(), false];
    this.#asked.refuseAll(over("the race is over"));
    this.#pool.open({ open: { race: this.#id, course } });
    this.emit("lanes");
  }

  /** Adds a lane at step 0, or one that only says why it cannot be made. @param {string} name @param {RunSpec} spec @param {Failure} [failure] */
  add(name, spec, failure) {
    const settled = this.#trial.settled(spec),
      lane = this.#lane(name, settled, this.#workerFor(settled));
    if (!failure && !this.#trial.holds(lane)) this.#add(lane);
    lane.failure = failure;
    if (failure) this.emit("lanes", lane);
    return lane;
  }

  /** Makes the waiting lanes, now that the first has an engine or cannot be made. @param {Lane} first */
  #decide(first) {
    for (const lane of this.#trial.end(first)) {
      lane.spec = this.#trial.settled(lane.spec);
      lane.workerIdx = this.#workerFor(lane.spec, lane);
      this.#add(lane);
    }
  }

  /**
   * Adds a lane that continues from another's last saved state at or before `step`.
   * @param {Lane} from
   * @param {number} step
   * @param {string} name
   * @param {Change} [change]
   * @returns {Lane} throws if the lane is a record, or away with its worker
   */
  fork(from, step, name, change) {
    const refusal = refusalOf(from);
    if (refusal) throw new Error(from.isAway ? `${refusal}: resume the race first` : refusal);
    const at = Math.max(0, ...(from.report?.kept ?? []).filter(kept => kept <= step));
    const lane = this.#lane(name, from.spec, from.workerIdx);
    lane.history = from.history.until(at);
    lane.fork = { from: from.id, step: at };
    this.#make(lane, { fork: { race: this.#id, lane: lane.id, from: from.id, step: at, change } });
    return lane;
  }

  /** Adds a lane that was saved. @param {string} name @param {RunSpec} spec @param {History} history @param {Uint8Array} bytes */
  restore(name, spec, history, bytes) {
    const lane = this.#lane(name, spec, this.#workerFor(spec));
    lane.history = history;
    lane.snapshot = snapshotOf(lane, bytes);
    this.#make(lane, restoring(this.#id, lane.id, bytes, history.judgements));
    return lane;
  }

  /** Adds lanes from a file, which do not run. @param {import("./file_read.js").ReadRace} read */
  addRecords({ lanes, epochImages, common }) {
    const made = lanes.map(lane => this.addRecord(lane, epochImages));
    for (const [lane, from] of linked(made, lanes)) lane.fork = from;
    for (const change of common) this.common.add(change);
    this.emit("lanes");
  }

  /** Adds a lane from a file. @param {Omit<import("./file_read.js").ReadLane, "id" | "fork">} read @param {number} epochImages */
  addRecord(read, epochImages) {
    this.epochImages ||= epochImages;
    return recordOf(this.#lane(read.name, read.spec, 0), read);
  }

  /** @param {Lane} lane */
  remove(lane) {
    this.lanes = this.lanes.filter(other => other !== lane);
    const { isMade, next } = this.#trial.leave(lane);
    if (isMade && !isUnmade(lane)) this.#send(lane, { remove: { race: this.#id, lane: lane.id } });
    if (next) this.#add(next);
    this.#asked.refuse(lane.id, over(`${lane.name} is no longer in the race`));
    this.emit("lanes");
    this.#extend();
  }

  /** Changes a setting of lanes. @param {Change} change @param {Lane[]} [lanes] */
  change(change, lanes = this.lanes) {
    if (lanes.length === this.lanes.length) this.common.add(JSON.stringify(change));
    for (const lane of lanes) this.#send(lane, { change: { race: this.#id, lane: lane.id, change } });
  }

  /** Runs the lanes; those whose worker is in trouble get another. */
  start() {
    this.revive();
    this.isRunning = true;
    this.#extend();
    this.emit("state");
  }

  /** Replaces workers in trouble; the new ones recreate their lanes from the page's last state. */
  revive() {
    const troubled = this.#pool.renew();
    this.#isHeld = false;
    for (const workerIdx of troubled) this.#leave(workerIdx, over("its worker did not respond"));
    for (const lane of this.lanes.filter(lane => troubled.includes(lane.workerIdx) && lane.isAway)) {
      const again = againOf(this.#id, lane);
      if (again) this.#send(lane, again);
    }
    if (troubled.length) this.emit("state");
  }

  pause() {
    this.isRunning = this.#isHeld = false;
    this.#pool.sendAll({ pause: { race: this.#id } });
    this.emit("state");
  }

  /** Does one step of every lane. */
  step() {
    this.revive();
    this.isRunning = false;
    this.#pool.sendAll({ step: { race: this.#id } });
    this.emit("state");
  }

  /**
   * What a norm layer sees, at the last saved state at or before `step`; now without a step.
   * @param {Lane} lane @param {number} norm @param {Shown} shown @param {number} [step]
   * @returns {Promise<{ shape: [number, number, number, number], step: number, x: Float32Array, y: Float32Array, probabilities: number[], layer: SeenLayer }>}
   */
  async look(lane, norm, shown, step) {
    const message = { look: { race: this.#id, lane: lane.id, step, norm, shown } };
    const { x, y, ...rest } = await this.#ask(lane, "seen", message);
    return { ...rest, x: floats(x), y: floats(y) };
  }

  /** The lane as bytes for `restore`. @param {Lane} lane @returns {Promise<Uint8Array>} */
  async save(lane) {
    return (await this.#ask(lane, "saved", { save: { race: this.#id, lane: lane.id } })).bytes;
  }

  /** Makes lanes again as they are now, on the engine that their settings ask for. @param {Lane[]} lanes */
  async remake(lanes) {
    for (const lane of lanes) {
      await this.save(lane);
      const again = againOf(this.#id, lane);
      if (!again) continue;
      this.#send(lane, { remove: { race: this.#id, lane: lane.id } });
      lane.isAway = true;
      this.#send(lane, again);
    }
  }

  /** @param {string} name @param {RunSpec} spec @param {number} workerIdx @returns {Lane} */
  #lane(name, spec, workerIdx) {
    const lane = laneOf(this.#nextLane++, name, spec, workerIdx);
    this.lanes = [...this.lanes, lane];
    this.emit("lanes", lane);
    return lane;
  }

  /** The worker with the fewest lanes; the first one if the GPU may be the engine. @param {RunSpec} spec @param {Lane} [lane] */
  #workerFor(spec, lane) {
    if (spec.device !== "cpu") return 0;
    return this.#pool.lightest(this.lanes.filter(other => other !== lane && !this.#trial.isOpen(other)));
  }

  /** Has a lane made; the message recreates it as long as there is no snapshot. @param {Lane} lane @param {ToWorker} message */
  #make(lane, message) {
    Object.assign(lane, { origin: message, isAway: this.#pool.isGone(lane.workerIdx) });
    this.#send(lane, message);
  }

  /** @param {Lane} lane */
  #add(lane) {
    this.#make(lane, { add: { race: this.#id, lane: lane.id, spec: lane.spec } });
  }

  /** Marks a worker's lanes as lost until they are recreated. @param {number} workerIdx @param {Failure} failure */
  #leave(workerIdx, failure) {
    for (const lane of this.lanes.filter(lane => isLost(lane, workerIdx))) {
      lane.isAway = true;
      this.#asked.refuse(lane.id, failure);
    }
  }

  /** A worker got into trouble, or recovered. @param {Trouble | undefined} trouble @param {number} workerIdx */
  #stand(trouble, workerIdx) {
    if (!trouble) return this.#isHeld && !this.trouble ? this.start() : this.emit("state");
    if (trouble.isOver) {
      this.#leave(workerIdx, trouble.failure);
      this.#load(undefined);
    }
    const isHeld = this.#isHeld || this.isRunning;
    this.pause();
    this.#isHeld = isHeld;
  }

  /** @param {Lane} lane @param {ToWorker} message */
  #send(lane, message) {
    if (!lane.isRecord) this.#pool.send(lane.workerIdx, message);
  }

  /** @template {Answer["type"]} Type @param {Lane} lane @param {Type} type of the answer @param {ToWorker} message */
  #ask(lane, type, message) {
    const refusal = refusalOf(lane);
    if (refusal) return Promise.reject(over(refusal));
    const answer = this.#asked.ask(lane.id, type);
    this.#send(lane, message);
    return answer;
  }

  /** Lets the workers run, none far ahead of the slowest lane. */
  #extend() {
    if (!this.isRunning) return;
    const lanes = going(this);
    // A lane that is added later waits as well.
    if (!lanes.length) return this.pause();
    if (least(lanes) >= this.goalImages) {
      this.isRunning = false;
      return this.emit("state");
    }
    this.#pool.sendAll({ train: { race: this.#id, untilImages: untilImages(lanes, this.goalImages) } });
  }

  /** @param {FromWorker} message @param {number} workerIdx */
  #receive(message, workerIdx) {
    // Ignores late messages of a race that the page no longer follows.
    if ("race" in message && message.race !== undefined && message.race !== this.#id) return;
    const lane = "lane" in message ? this.lanes.find(lane => lane.id === message.lane) : undefined;
    switch (message.type) {
      case "listening":
        // Handled by the pool.
        return;
      case "loading":
        // Every worker fetches for itself; one reports progress.
        return workerIdx > 0 ? undefined : this.#load(message);
      case "loaded":
        return workerIdx > 0 ? undefined : this.#load(undefined);
      case "paused":
        // This worker has reached its goal; the race may have a later one.
        return this.#extend();
      case "notice":
        // What was asked of the engine before is answered by this one.
        if (lane && message.device) lane.device = message.device;
        this.emit("state", lane);
        return this.#tell(message.failure, lane, true);
      case "gpuAwake":
        this.#trial.forget();
        for (const lane of this.lanes.filter(lane => lane.workerIdx === workerIdx && couldUseGpu(lane)))
          this.#tell(AWAKE, lane, true);
        return;
      case "failed":
        // The failure of a lane that was removed meanwhile does not matter.
        if (message.lane !== undefined && !lane) return;
        if (lane) return this.#fail(message.failure, lane);
        // A failure without a lane stopped all of them.
        return this.#pool.giveUp(message.failure, workerIdx);
      default:
        if (lane) this.#receiveOf(lane, message);
    }
  }

  /** @param {Lane} lane @param {OfLane} message */
  #receiveOf(lane, message) {
    switch (message.type) {
      case "ready":
        return this.#ready(lane, message);
      case "progress":
        this.#progress(lane, message.report);
        return this.#extend();
      case "judged":
        lane.history.judge(message.evaluations, message.norms);
        lane.millisAJudged = message.millis / message.evaluations[0].nImages;
        return this.emit("judged", lane);
      case "marked":
        lane.history.marks.push(message.mark);
        lane.spec = message.spec;
        this.#secure(lane);
        return this.emit("marked", lane);
      case "diverged":
        lane.failure = message.failure;
        this.emit("state", lane);
        this.#tell(message.failure, lane, false);
        return this.#extend();
      case "saved":
        lane.snapshot = snapshotOf(lane, message.bytes);
        return this.#asked.answer(lane.id, message);
      case "seen":
        return this.#asked.answer(lane.id, message);
      default:
        /** @satisfies {never} */ (message);
    }
  }

  /** @param {Race["loading"]} loading */
  #load(loading) {
    this.loading = loading;
    this.emit("loading");
  }

  /** A lane is ready, for the first time or again. @param {Lane} lane @param {Extract<FromWorker, { type: "ready" }>} message */
  #ready(lane, { device, spec, facts, startHash, norms, epochImages, report }) {
    // Changes made after the snapshot are repeated.
    const changes = lane.isAway && lane.device ? changesTo(spec, lane.spec) : [];
    if (lane.isAway && lane.snapshot) lane.history.goBackTo(lane.snapshot);
    Object.assign(lane, { device, spec, facts, startHash, norms, isAway: false });
    this.epochImages = epochImages;
    this.#progress(lane, report);
    for (const change of changes) this.#send(lane, { change: { race: this.#id, lane: lane.id, change } });
    this.emit("lanes", lane);
    this.#decide(lane);
    if (lane.fork && !lane.snapshot) this.#secure(lane);
    this.#extend();
  }

  /** Requests a snapshot if the last one is not enough to recreate the lane; without it, that one is used. @param {Lane} lane */
  #secure(lane) {
    this.save(lane).catch(() => undefined);
  }

  /** @param {Lane} lane @param {LaneReport} report */
  #progress(lane, report) {
    wentOn(lane, report);
    this.emit("progress", lane);
  }

  /** @param {Failure} failure @param {Lane} lane */
  #fail(failure, lane) {
    if (this.#asked.refuseFirst(lane.id, failure)) return;
    if (!lane.device || lane.isAway) {
      lane.failure = failure;
      lane.isAway = false;
      this.emit("lanes", lane);
      this.#decide(lane);
    }
    this.emit("state", lane);
    this.#tell(failure, lane, false);
    this.#extend();
  }
}

/** @param {Uint8Array} bytes */
const floats = bytes => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
