// @ts-check
// A race as the page knows it: its lanes, who works on them, and how far each is. Knows no element of the page.

import { Emitter } from "../emitter.js";
import { going, laneOf, linked, over, recordOf } from "./lane.js";
import { imagesAhead } from "./left.js";
import { Pool } from "./pool.js";

/** @typedef {import("../../pkg/blue_cube.js").ToWorker} ToWorker */
/** @typedef {import("../../pkg/blue_cube.js").FromWorker} FromWorker */
/** @typedef {import("../../pkg/blue_cube.js").Course} Course */
/** @typedef {import("../../pkg/blue_cube.js").RunSpec} RunSpec */
/** @typedef {import("../../pkg/blue_cube.js").Change} Change */
/** @typedef {import("../../pkg/blue_cube.js").LaneReport} LaneReport */
/** @typedef {import("../../pkg/blue_cube.js").Failure} Failure */
/** @typedef {import("../../pkg/blue_cube.js").Shown} Shown */
/** @typedef {import("./history.js").History} History */
/** @typedef {import("./lane.js").Lane} Lane */

/**
 * What happened: "lanes" when lanes came or went, "progress" when one went on, "judged", "marked", "state" when the race
 * started, paused or changed engine, "loading" while images arrive.
 * @typedef {"lanes" | "progress" | "judged" | "marked" | "state" | "loading"} RaceEvent
 */

export class Race {
  /** @type {Lane[]} */
  lanes = [];
  /** @type {Course | undefined} */
  course;
  /** Images of a full pass; 0 until a lane stands. */
  epochImages = 0;
  /** Images after which every lane is done. */
  goalImages = Infinity;
  isRunning = false;
  /** Changes that were asked of all lanes, as JSON. @type {Set<string>} */
  common = new Set();
  /** @type {Extract<FromWorker, { type: "loading" }> | undefined} */
  loading;
  #id = 0;
  #nextLane = 1;
  #pool = new Pool((message, workerIdx) => this.#receive(message, workerIdx));
  /** What the trial of the first lane chose, where the engine was left open. @type {"cpu" | "gpu" | undefined} */
  #engine;
  /** Lanes that wait for that, the one on trial first. @type {Lane[]} */
  #undecided = [];
  /** Workers that this race is open in. @type {Set<number>} */
  #open = new Set();
  /** @type {Map<number, { resolve: (answer: any) => void, reject: (failure: Failure) => void, type: string }[]>} */
  #asked = new Map();
  /** @type {Emitter<[event: RaceEvent, lane: Lane | undefined]>} */
  #events = new Emitter();
  /** @type {(failure: Failure, lane: Lane | undefined, isNotice: boolean) => void} */
  #tell;

  /** @param {(failure: Failure, lane: Lane | undefined, isNotice: boolean) => void} tell shows a failure to the reader */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {(event: RaceEvent, lane: Lane | undefined) => void} listener */
  on(listener) {
    this.#events.on(listener);
  }

  /** Forgets all lanes and starts anew; nothing runs. @param {Course} course @param {number} [goalImages] */
  open(course, goalImages = Infinity) {
    this.#id += 1;
    Object.assign(this, { lanes: [], course, goalImages, epochImages: 0, isRunning: false, common: new Set() });
    this.#open.clear();
    [this.#engine, this.#undecided] = [undefined, []];
    this.#rejectAll();
    this.#pool.shrink();
    this.#emit("lanes");
  }

  /**
   * Adds a lane at step 0.
   * @param {string} name
   * @param {RunSpec} spec
   * @returns {Lane}
   */
  add(name, spec) {
    if (spec.device === "auto" && this.#engine) spec = { ...spec, device: this.#engine };
    const lane = this.#lane(name, spec, this.#workerFor(spec));
    if (spec.device === "auto" && this.#undecided.push(lane) > 1) return lane;
    this.#send(lane, { add: { race: this.#id, lane: lane.id, spec } });
    return lane;
  }

  /** Makes the lanes that waited, now that the first of them has an engine or cannot be. @param {Lane} first */
  #decide(first) {
    if (first !== this.#undecided[0]) return;
    const waiting = this.#undecided.splice(0).slice(1).filter(lane => this.lanes.includes(lane));
    if (first.device) this.#engine = first.device.kind === "cpu" ? "cpu" : "gpu";
    else this.#undecided = waiting.slice();
    const device = this.#engine ?? "auto";
    for (const lane of device === "auto" ? waiting.slice(0, 1) : waiting) {
      lane.spec = { ...lane.spec, device };
      lane.workerIdx = this.#workerFor(lane.spec, lane);
      this.#send(lane, { add: { race: this.#id, lane: lane.id, spec: lane.spec } });
    }
  }

  /**
   * Adds a lane that goes on from another's last kept state at or before `step`.
   * @param {Lane} from
   * @param {number} step
   * @param {string} name
   * @param {Change} [change]
   * @returns {Lane} throws if the lane is a record
   */
  fork(from, step, name, change) {
    if (from.isRecord) throw new Error(`${from.name} came from a file, which holds its curves and no network`);
    const at = Math.max(0, ...(from.report?.kept ?? []).filter(kept => kept <= step));
    const lane = this.#lane(name, from.spec, from.workerIdx);
    lane.history = from.history.until(at);
    lane.fork = { from: from.id, step: at };
    this.#send(lane, { fork: { race: this.#id, lane: lane.id, from: from.id, step: at, change } });
    return lane;
  }

  /**
   * Adds a lane that was saved.
   * @param {string} name
   * @param {RunSpec} spec
   * @param {History} history
   * @param {Uint8Array} bytes
   */
  restore(name, spec, history, bytes) {
    const lane = this.#lane(name, spec, this.#workerFor(spec));
    lane.history = history;
    this.#send(lane, { restore: { race: this.#id, lane: lane.id, bytes } });
    return lane;
  }

  /** Adds lanes of a file, which stand. @param {import("./file_json.js").ReadRace} read */
  addRecords({ lanes, epochImages }) {
    for (const [lane, from] of linked(lanes.map(read => recordOf(this.#lane(read.name, read.spec, 0), read)), lanes)) lane.fork = from;
    this.epochImages ||= epochImages;
    this.#emit("lanes");
  }

  /** @param {Lane} lane */
  remove(lane) {
    this.lanes = this.lanes.filter(other => other !== lane);
    const [tried] = this.#undecided, isSent = lane === tried || !this.#undecided.includes(lane);
    this.#undecided = this.#undecided.filter(other => other !== lane);
    if (isSent) this.#send(lane, { remove: { race: this.#id, lane: lane.id } });
    const [next] = this.#undecided;
    if (lane === tried && next) this.#send(next, { add: { race: this.#id, lane: next.id, spec: next.spec } });
    this.#reject(lane.id, over(`${lane.name} is no longer in the race`));
    this.#emit("lanes");
    this.#extend();
  }

  /** Lets lanes go on with another setting. @param {Change} change @param {Lane[]} [lanes] */
  change(change, lanes = this.lanes) {
    if (lanes.length === this.lanes.length) this.common.add(JSON.stringify(change));
    for (const lane of lanes) this.#send(lane, { change: { race: this.#id, lane: lane.id, change } });
  }

  start() {
    this.isRunning = true;
    this.#extend();
    this.#emit("state");
  }

  pause() {
    this.isRunning = false;
    for (const workerIdx of this.#open) this.#pool.send(workerIdx, { pause: { race: this.#id } });
    this.#emit("state");
  }

  /** One step of every lane. */
  step() {
    this.isRunning = false;
    for (const workerIdx of this.#open) this.#pool.send(workerIdx, { step: { race: this.#id } });
    this.#emit("state");
  }

  /**
   * What a norm layer sees, at the last kept state at or before `step`, now if there is none.
   * @param {Lane} lane
   * @param {number} norm
   * @param {Shown} shown
   * @param {number} [step]
   * @returns {Promise<{ shape: [number, number, number, number], step: number, x: Float32Array, y: Float32Array, probabilities: number[] }>}
   */
  async look(lane, norm, shown, step) {
    const { x, y, ...rest } = await this.#ask(lane, "seen", { look: { race: this.#id, lane: lane.id, step, norm, shown } });
    const floats = (/** @type {Uint8Array} */ bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    return { ...rest, x: floats(x), y: floats(y) };
  }

  /** The lane as bytes for `restore`. @param {Lane} lane @returns {Promise<Uint8Array>} */
  async save(lane) {
    return (await this.#ask(lane, "saved", { save: { race: this.#id, lane: lane.id } })).bytes;
  }

  /** @param {string} name @param {RunSpec} spec @param {number} workerIdx @returns {Lane} */
  #lane(name, spec, workerIdx) {
    const lane = laneOf(this.#nextLane++, name, spec, workerIdx);
    this.lanes = [...this.lanes, lane];
    this.#emit("lanes", lane);
    return lane;
  }

  /** The worker with the fewest lanes; the first where the GPU may be the engine. @param {RunSpec} spec @param {Lane} [lane] */
  #workerFor(spec, lane) {
    if (spec.device !== "cpu") return 0;
    const settled = this.lanes.filter(other => other !== lane && !this.#undecided.includes(other));
    const loads = Array.from({ length: this.#pool.size }, (_, at) => settled.filter(({ workerIdx }) => workerIdx === at).length);
    return loads.indexOf(Math.min(...loads));
  }

  /** @param {Lane} lane @param {ToWorker} message */
  #send(lane, message) {
    if (lane.isRecord) return;
    if (!this.#open.has(lane.workerIdx) && this.course) {
      this.#open.add(lane.workerIdx);
      this.#pool.send(lane.workerIdx, { open: { race: this.#id, course: this.course } });
    }
    this.#pool.send(lane.workerIdx, message);
  }

  /**
   * @param {Lane} lane
   * @param {string} type of the answer
   * @param {ToWorker} message
   * @returns {Promise<any>}
   */
  #ask(lane, type, message) {
    if (lane.isRecord) return Promise.reject(over(`${lane.name} came from a file, which holds its curves and no network`));
    return new Promise((resolve, reject) => {
      const asked = this.#asked.get(lane.id) ?? [];
      this.#asked.set(lane.id, [...asked, { resolve, reject, type }]);
      this.#send(lane, message);
    });
  }

  #rejectAll() {
    for (const laneId of [...this.#asked.keys()]) this.#reject(laneId, over("the race is over"));
  }

  /** What was asked of a lane gets no answer. @param {number} laneId @param {Failure} failure */
  #reject(laneId, failure) {
    const asked = this.#asked.get(laneId) ?? [];
    this.#asked.delete(laneId);
    asked.forEach(({ reject }) => reject(failure));
  }

  /** Lets the workers go on, none far ahead of the slowest lane. */
  #extend() {
    if (!this.isRunning) return;
    const lanes = going(this), least = Math.min(...lanes.map(lane => lane.history.nImages));
    // A lane that joins later waits as well.
    if (!lanes.length) return this.pause();
    if (least >= this.goalImages) {
      this.isRunning = false;
      return this.#emit("state");
    }
    const untilImages = Math.ceil(Math.min(this.goalImages, least + imagesAhead(lanes)));
    for (const workerIdx of this.#open) this.#pool.send(workerIdx, { train: { race: this.#id, untilImages } });
  }

  /** @param {FromWorker} message @param {number} workerIdx */
  #receive(message, workerIdx) {
    // A message of a race that the page no longer follows is late.
    if ("race" in message && message.race !== undefined && message.race !== this.#id) return;
    const lane = "lane" in message ? this.lanes.find(lane => lane.id === message.lane) : undefined;
    switch (message.type) {
      case "listening":
        return;
      case "loading":
        // Every worker fetches for itself; one tells of it.
        if (workerIdx > 0) return;
        this.loading = message;
        return this.#emit("loading");
      case "loaded":
        if (workerIdx > 0) return;
        this.loading = undefined;
        return this.#emit("loading");
      case "paused":
        // The goal of this worker is reached; the race may have one further on.
        return this.#extend();
      case "notice":
        if (lane && message.device) {
          lane.device = message.device;
          // The engine that was to answer is gone.
          this.#reject(lane.id, message.failure);
        }
        this.#emit("state", lane);
        return this.#tell(message.failure, lane, true);
      case "failed":
        // A lane that was removed meanwhile fails nobody.
        if (message.lane !== undefined && !lane) return;
        return this.#fail(message.failure, lane);
      default:
        if (lane) this.#receiveOf(lane, message);
    }
  }

  /** @param {Lane} lane @param {FromWorker} message */
  #receiveOf(lane, message) {
    switch (message.type) {
      case "ready":
        Object.assign(lane, { device: message.device, spec: message.spec, facts: message.facts, startHash: message.startHash, norms: message.norms });
        this.epochImages = message.epochImages;
        this.#progress(lane, message.report);
        this.#emit("lanes", lane);
        this.#decide(lane);
        return this.#extend();
      case "progress":
        this.#progress(lane, message.report);
        return this.#extend();
      case "judged":
        lane.history.judge(message.evaluations, message.norms);
        lane.millisAJudged = message.millis / message.evaluations[0].nImages;
        return this.#emit("judged", lane);
      case "marked":
        lane.history.marks.push(message.mark);
        lane.spec = message.spec;
        return this.#emit("marked", lane);
      case "diverged":
        lane.failure = message.failure;
        this.#emit("state", lane);
        this.#tell(message.failure, lane, false);
        return this.#extend();
      case "seen":
      case "saved": {
        const asked = this.#asked.get(lane.id) ?? [];
        const at = asked.findIndex(({ type }) => type === message.type);
        if (at >= 0) asked.splice(at, 1)[0].resolve(message);
      }
    }
  }

  /** @param {Lane} lane @param {LaneReport} report */
  #progress(lane, report) {
    lane.report = report;
    lane.history.report(report, lane.spec.batch);
    const { millisAStep } = report;
    if (millisAStep > 0) lane.millisAStep = lane.millisAStep > 0 ? 0.8 * lane.millisAStep + 0.2 * millisAStep : millisAStep;
    this.#emit("progress", lane);
  }

  /** @param {Failure} failure @param {Lane | undefined} lane */
  #fail(failure, lane) {
    const asked = lane && this.#asked.get(lane.id)?.shift();
    if (asked) return asked.reject(failure);
    if (lane && !lane.device) {
      lane.failure = failure;
      this.#emit("lanes", lane);
      this.#decide(lane);
    }
    this.isRunning = false;
    this.#emit("state", lane);
    this.#tell(failure, lane, false);
  }

  /** @param {RaceEvent} event @param {Lane} [lane] */
  #emit(event, lane) {
    this.#events.emit(event, lane);
  }
}
