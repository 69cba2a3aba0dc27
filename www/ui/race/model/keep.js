// @ts-check
// Keeps the race in the browser's storage while it runs, lane by lane in turn, so that a reload, a worker that was killed or a
// closed tab costs at most about two seconds of steps. Independent of the page's elements except for its visibility.

import { messageOf } from "../../lib/format.js";
import { going, recordFields } from "./lane.js";
import { VERSION, put, stored, tidy } from "./storage.js";

/** @import { Control } from "./control.js" */
/** @import { Lane, Snapshot } from "./lane.js" */
/** @import { Head, HeadLane, StoredLane } from "./storage.js" */

/** Milliseconds in which each lane of a running race is saved once, so that the next snapshot is stored within two seconds of the last. */
const ROUND_MILLIS = 1400;

/** Milliseconds between two looks at which lane is next. */
const LOOK_MILLIS = 50;

/** Milliseconds after which a series of single steps counts as over. */
const REST_MILLIS = 400;

/** The least time between the beginnings of two saves, as a multiple of what the last snapshot took: saving takes a share of the worker's time. */
const TIMES = 1.5;

/** The longest that a race that gives way is waited for. */
const FLUSH_MILLIS = 1500;

/** Milliseconds until the next attempt after the storage refused. */
const REFUSED_MILLIS = 5000;

/** The name under which a tab holds the lock of a race that is open in it. @param {string} id */
export const lockOf = id => `blue-cube race ${id}`;

export class Keeper {
  #control;
  #tell;
  /** The race that is being kept, by the page's number and by its id in storage. */
  #raceId = -1;
  #id = "";
  /** Names of the lanes in storage. @type {WeakMap<Lane, string>} */
  #names = new WeakMap();
  /** What is stored of each lane. @type {Map<Lane, HeadLane & { state: string, at: number }>} */
  #stored = new Map();
  #nBusy = 0;
  #next = 0;
  #isRefused = false;
  /** When the race was last seen running, to store single steps once they are over. */
  #changed = 0;
  /** The lanes that the head in storage has, to delete others. */
  #headLanes = "";
  /** Lets other tabs have the race. @type {(() => void) | undefined} */
  #release;

  /**
   * @param {Control} control
   * @param {(message: string | undefined) => void} tell called with why the race cannot be kept; without a message once it can again
   */
  constructor(control, tell) {
    this.#control = control;
    this.#tell = tell;
    const { race } = control;
    let wasRunning = false;
    control.flush = () => this.#flush();
    setInterval(() => this.#look(), LOOK_MILLIS);
    race.on(event => {
      this.#changed = performance.now();
      if (event === "state" && wasRunning && !race.isRunning) void this.#saveAll();
      wasRunning = race.isRunning;
      // The timer of a hidden page is slow; what the workers say is not.
      this.#look();
    });
    // A hidden page has time for it, and one that is closing may have.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) void this.#saveAll();
    });
    addEventListener("pagehide", () => void this.#saveAll());
    // What the page has of a race that gives way is stored at once.
    control.onAside(({ raceId }) => {
      if (raceId !== this.#raceId) return;
      for (const lane of race.lanes) if (lane.snapshot) void this.#store(lane, lane.snapshot);
      this.#release?.();
    });
  }

  /** The id of the race in storage; empty if it is not there. */
  get id() {
    return this.#raceId === this.#control.race.id && this.#headLanes ? this.#id : "";
  }

  /** Continues to keep a race that was read from storage, under its id. @param {Head} head @param {Lane[]} restored in the order of the head's lanes */
  adopt({ id, lanes }, restored) {
    this.#begin(id);
    restored.forEach((lane, at) => {
      this.#names.set(lane, lanes[at].id);
      this.#stored.set(lane, { ...lanes[at], state: stateOf(lane), at: performance.now() });
    });
    this.#headLanes = lanes.map(({ id }) => id).join();
  }

  /** Tries again at once, after the storage refused. */
  again() {
    this.#next = 0;
    this.#look();
  }

  /** @param {string} id */
  #begin(id) {
    this.#raceId = this.#control.race.id;
    this.#id = id;
    this.#stored = new Map();
    this.#headLanes = "";
    this.#release?.();
    const isOver = new Promise(resolve => {
      this.#release = () => resolve(undefined);
    });
    // The lock says to other tabs that this one has the race.
    void globalThis.navigator?.locks
      ?.request(lockOf(id), { ifAvailable: true }, () => isOver)
      .catch(() => undefined);
  }

  /** Saves the lane whose turn it is, if there is one. */
  #look() {
    const now = performance.now(),
      { race } = this.#control;
    if (this.#nBusy || now < this.#next) return;
    const isResting = !race.isRunning && now - this.#changed < REST_MILLIS;
    const due = this.#unsaved;
    if (isResting) return;
    if (!due.length) return void this.#forget();
    // One after another, so that the lanes' snapshots are not all old at the same time.
    const spacing = race.isRunning ? ROUND_MILLIS / going(race).length : 0;
    void this.#save(
      due.reduce((a, b) => (this.#ageOf(a) <= this.#ageOf(b) ? a : b)),
      spacing,
    );
  }

  /** Takes lanes that were removed out of the storage, or a reload would bring them back. */
  async #forget() {
    const stored = [...this.#stored.keys()];
    if (!this.#headLanes || stored.every(lane => this.#control.race.lanes.includes(lane))) return;
    const head = this.#head();
    // A race without lanes stays as it was: nothing is lost by a slip.
    if (!head.lanes.length) return;
    this.#nBusy += 1;
    try {
      await put(head);
      await tidy(head);
      if (head.id === this.#id) this.#headLanes = head.lanes.map(({ id }) => id).join();
    } catch (error) {
      this.#next = performance.now() + REFUSED_MILLIS;
      if (!this.#isRefused) this.#tell(messageOf(error));
      this.#isRefused = true;
    } finally {
      this.#nBusy -= 1;
    }
  }

  #saveAll() {
    return Promise.all(this.#unsaved.map(lane => this.#save(lane)));
  }

  /** Saves all lanes, or as many as the workers send in a reasonable time. */
  #flush() {
    const late = new Promise(resolve => setTimeout(resolve, FLUSH_MILLIS));
    return Promise.race([this.#saveAll(), late]).then(() => undefined);
  }

  /** Lanes of which something is not stored. */
  get #unsaved() {
    const { race } = this.#control;
    if (race.id !== this.#raceId) this.#begin(`${Date.now()}-${Math.random().toString(36).slice(2)}`);
    return race.lanes.filter(
      lane =>
        (lane.isRecord || (lane.device && !lane.isAway)) &&
        lane.history.step &&
        this.#stored.get(lane)?.state !== stateOf(lane),
    );
  }

  /** When a lane was last stored; its snapshot's time is that of its state. @param {Lane} lane */
  #ageOf(lane) {
    return this.#stored.get(lane)?.at ?? 0;
  }

  /** @param {Lane} lane @param {number} [spacing] milliseconds until the next save */
  async #save(lane, spacing = 0) {
    const raceId = this.#raceId,
      started = performance.now();
    this.#nBusy += 1;
    try {
      if (!lane.isRecord) await this.#control.race.save(lane);
      this.#next = started + Math.max(spacing, TIMES * (performance.now() - started));
      if (raceId === this.#raceId) await this.#store(lane, lane.snapshot);
    } catch {
      // A worker that stopped meanwhile is reported elsewhere.
      this.#next = performance.now() + REST_MILLIS;
    } finally {
      this.#nBusy -= 1;
    }
  }

  /** Stores a lane as it was at a snapshot; a record has none. @param {Lane} lane @param {Snapshot | undefined} snapshot */
  async #store(lane, snapshot) {
    const state = stateOf(lane, snapshot),
      at = snapshot?.takenAt ?? performance.now();
    if (this.#stored.get(lane)?.state === state) return;
    const kept = this.#keptLane(lane, snapshot),
      nBytes = (kept.bytes?.byteLength ?? 0) + 12 * kept.history.losses.length;
    const before = this.#stored.get(lane);
    this.#stored.set(lane, {
      id: kept.id,
      name: lane.name,
      step: kept.history.losses.length,
      nBytes,
      state,
      at,
    });
    const head = this.#head();
    try {
      await put(head, kept);
      // Another race may have begun meanwhile.
      if (head.id === this.#id) {
        const headLanes = head.lanes.map(({ id }) => id).join();
        if (headLanes !== this.#headLanes) await tidy(head);
        this.#headLanes = headLanes;
      }
      if (this.#isRefused) this.#tell(undefined);
      this.#isRefused = false;
      Object.assign(document.documentElement.dataset, { kept: head.nImages, keptLanes: head.lanes.length });
    } catch (error) {
      if (before) this.#stored.set(lane, before);
      else this.#stored.delete(lane);
      this.#next = performance.now() + REFUSED_MILLIS;
      if (!this.#isRefused) this.#tell(messageOf(error));
      this.#isRefused = true;
    }
  }

  /** @returns {Head} */
  #head() {
    const { race, made, store } = this.#control;
    for (const lane of this.#stored.keys()) if (!race.lanes.includes(lane)) this.#stored.delete(lane);
    const lanes = race.lanes.flatMap(lane => this.#stored.get(lane) ?? []),
      images = race.lanes.map(
        lane => lane.history.images.values[(this.#stored.get(lane)?.step ?? 0) - 1] ?? 0,
      );
    return {
      version: VERSION,
      id: this.#id,
      saved: new Date().toISOString(),
      setup: { ...(made ?? store.scene.race) },
      epochImages: race.epochImages,
      nImages: Math.min(...images),
      common: [...race.common],
      lanes: lanes.map(({ id, name, step, nBytes }) => ({ id, name, step, nBytes })),
    };
  }

  /** @param {Lane} lane @param {Snapshot | undefined} snapshot @returns {StoredLane} */
  #keptLane(lane, snapshot) {
    const { name, history, isRecord } = lane,
      parent = this.#control.race.lanes.find(({ id }) => id === lane.fork?.from);
    const all = { step: history.step, nJudgements: history.judgements.length, nMarks: history.marks.length };
    return {
      id: this.#nameOf(lane),
      fork: lane.fork && { from: parent ? this.#nameOf(parent) : "", step: lane.fork.step },
      name,
      key: this.#control.keys.get(lane.id) ?? "",
      spec: snapshot?.spec ?? lane.spec,
      history: stored(history, snapshot ?? all),
      bytes: snapshot?.bytes,
      record: isRecord ? recordFields(lane) : undefined,
    };
  }

  /** The lane's name in storage. @param {Lane} lane */
  #nameOf(lane) {
    const name = this.#names.get(lane) ?? Math.random().toString(36).slice(2);
    this.#names.set(lane, name);
    return name;
  }
}

/** Identifies a lane's state, to compare it with the stored one. @param {Lane} lane @param {Pick<Snapshot, "step" | "nJudgements" | "nMarks">} [at] */
const stateOf = ({ name, history }, at) =>
  [
    name,
    at?.step ?? history.step,
    at?.nJudgements ?? history.judgements.length,
    at?.nMarks ?? history.marks.length,
  ].join();
