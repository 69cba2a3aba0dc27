// @ts-check
// Saves a race in the browser's storage, lane by lane, so that a reload loses nothing. Independent of the page's elements except
// for its visibility.

import { messageOf } from "../../lib/format.js";
import { History } from "./history.js";

/** @import { RunSpec, Setup } from "../../../pkg/blue_cube.js" */
/** @import { Control } from "./control.js" */
/** @import { Lane } from "./race.js" */

/**
 * A saved lane: its history up to the step of its snapshot.
 * @typedef {object} KeptLane
 * @property {number} id
 * @property {Lane["fork"]} fork which of the other lanes it was forked from, by id
 * @property {string} name
 * @property {string} key of the setup's run; empty for a fork
 * @property {RunSpec} spec
 * @property {History} history
 * @property {Uint8Array} bytes
 */

/** What is stored besides the lanes, which are stored under its id and their index. @typedef {{ version: number, id: string, saved: string, setup: Setup, epochImages: number, nImages: number, nLanes: number }} Head */

/** @typedef {Head & { lanes: KeptLane[] }} Kept */

/** A history in the form that the browser stores. @typedef {{ losses: Float32Array, accuracies: Float32Array, images: Float32Array } & Pick<History, "judgements" | "marks">} StoredHistory */

/** @typedef {Omit<KeptLane, "history"> & { history: StoredHistory }} StoredLane */

const DATABASE = "blue-cube",
  STORE = "race",
  HEAD = "head";

/** Version of the layout. What an older page saved is discarded. */
const VERSION = 2;

/** Minimum milliseconds between two saves of a running race, and as a multiple of the last save's duration. */
const LEAST_MILLIS = 5000,
  TIMES = 20;

/** Milliseconds between two checks of whether it is time. */
const LOOK_MILLIS = 1000;

/** Milliseconds after which a series of single steps counts as over. */
const REST_MILLIS = 400;

/** @returns {Promise<IDBDatabase>} */
const database = () =>
  new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) throw new Error("the browser gives this page no storage");
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * Runs a storage transaction; settles when it is on disk.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function within(mode, act) {
  const open = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = open.transaction(STORE, mode),
        request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    open.close();
  }
}

/** Keys of a head's lanes from an index on. @param {string} id @param {number} [from] */
const lanesOf = (id, from = 0) => IDBKeyRange.bound([id, from], [id, []], false, true);

/** The saved race without its lanes; undefined without storage. @returns {Promise<Head | undefined>} */
export async function keptHead() {
  try {
    /** @type {Head | undefined} */
    const head = await within("readonly", store => store.get(HEAD));
    if (head && head.version !== VERSION) await forget();
    return head?.version === VERSION ? head : undefined;
  } catch {
    return undefined;
  }
}

/** The saved race. @param {Head} head @returns {Promise<Kept>} */
export async function keptRace(head) {
  const lanes = [];
  for (let at = 0; at < head.nLanes; at++) {
    /** @type {StoredLane} */
    const { history, ...lane } = await within("readonly", store => store.get([head.id, at]));
    lanes.push({ ...lane, history: historyOf(history) });
  }
  return { ...head, lanes };
}

/** Discards the saved race. */
export const forget = () => within("readwrite", store => store.clear()).catch(() => undefined);

/** @param {StoredHistory} kept */
function historyOf({ losses, accuracies, images, judgements, marks }) {
  const history = new History();
  history.losses.push(losses);
  history.accuracies.push(accuracies);
  history.images.push(images);
  return Object.assign(history, { judgements, marks });
}

/** A copy of a history that the browser can store. @param {History} history @returns {StoredHistory} */
const stored = ({ losses, accuracies, images, judgements, marks }) => ({
  losses: losses.values.slice(),
  accuracies: accuracies.values.slice(),
  images: images.values.slice(),
  judgements: [...judgements],
  marks: [...marks],
});

/**
 * Saves the race while it runs and whenever it pauses.
 * @param {Control} control
 * @param {(message: string | undefined) => void} tell called with why it cannot be saved; without a message once it can again
 * @returns {() => void} saves it now
 */
export function keepRace(control, tell) {
  const { race } = control,
    keeper = new Keeper(control, tell);
  const save = () => {
    void keeper.save();
  };
  let wasRunning = false;
  setInterval(() => {
    if (race.isRunning && keeper.isTime) save();
  }, LOOK_MILLIS);
  race.on(event => {
    if (event !== "state" && event !== "loading" && !race.isRunning) keeper.saveSoon();
    if (event !== "state") return;
    if (wasRunning && !race.isRunning) save();
    wasRunning = race.isRunning;
  });
  // A hidden page has time for it, and one that is closing may have.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save();
  });
  addEventListener("pagehide", save);
  return save;
}

class Keeper {
  #isBusy = false;
  #isAsked = false;
  #isTold = false;
  /** What was saved last. */
  #saved = "";
  #timer = 0;
  /** When to save the running race next. */
  #next = 0;
  #id = "";
  /** The setup of the race saved under the id. @type {Setup | undefined} */
  #keptOf;
  #control;
  #tell;

  /** @param {Control} control @param {(message: string | undefined) => void} tell */
  constructor(control, tell) {
    this.#control = control;
    this.#tell = tell;
  }

  get isTime() {
    return performance.now() >= this.#next;
  }

  saveSoon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      void this.save();
    }, REST_MILLIS);
  }

  /** Saves the race, if it has changed. */
  async save() {
    const { made, race } = this.#control,
      lanes = race.lanes.filter(lane => lane.device && !lane.isRecord),
      state = stateOf(lanes);
    if (!made || !lanes.some(lane => lane.history.step) || state === this.#saved) return;
    // The saved race has the lanes whose worker is gone; this one would not.
    if (lanes.some(lane => lane.isAway)) return;
    if (this.#isBusy) {
      this.#isAsked = true;
      return;
    }
    [this.#isBusy, this.#isAsked] = [true, false];
    const started = performance.now();
    try {
      if (await this.#write(made, lanes)) this.#hasKept(state);
    } catch (error) {
      // A worker that stopped meanwhile is reported elsewhere.
      if (lanes.some(lane => lane.isAway)) return;
      if (!this.#isTold && this.#control.made === made) this.#tell(messageOf(error));
      this.#isTold = true;
    } finally {
      this.#isBusy = false;
      const now = performance.now();
      this.#next = now + Math.max(LEAST_MILLIS, TIMES * (now - started));
      if (this.#isAsked) this.saveSoon();
    }
  }

  /** @param {string} state of the race that is saved */
  #hasKept(state) {
    this.#saved = state;
    if (this.#isTold) this.#tell(undefined);
    this.#isTold = false;
  }

  /** Whether the race was written completely. @param {Setup} made @param {Lane[]} lanes */
  async #write(made, lanes) {
    // The previous race, perhaps of another tab, stays until this one is complete.
    if (made !== this.#keptOf) this.#id = `${Date.now()} ${Math.random()}`;
    this.#keptOf = made;
    const id = this.#id,
      { race } = this.#control;
    /** @type {unknown} */
    let refusal;
    for (const [at, lane] of lanes.entries()) {
      const kept = await this.#keptLane(lane);
      // Even without storage, the page has each lane's snapshot in case its worker stops.
      if (!refusal)
        await within("readwrite", store => store.put(kept, [id, at])).catch(error => {
          refusal = error;
        });
    }
    if (refusal) throw refusal;
    /** @type {Head} */
    const head = {
      version: VERSION,
      id,
      saved: new Date().toISOString(),
      setup: { ...made },
      epochImages: race.epochImages,
      nImages: Math.min(...lanes.map(lane => lane.history.nImages)),
      nLanes: lanes.length,
    };
    if (this.#control.made !== made) return false;
    // Another tab may have deleted them meanwhile; the next save restores them.
    if ((await within("readonly", store => store.count(lanesOf(id)))) < lanes.length) return false;
    await within("readwrite", store => {
      for (const others of [
        IDBKeyRange.bound([], [id], false, true),
        lanesOf(id, lanes.length),
        IDBKeyRange.lowerBound([id, []]),
      ])
        store.delete(others);
      return store.put(head, HEAD);
    });
    Object.assign(document.documentElement.dataset, { kept: head.nImages, keptLanes: head.nLanes });
    return true;
  }

  /** @param {Lane} lane @returns {Promise<StoredLane>} */
  async #keptLane(lane) {
    // The worker reports up to the snapshot before it sends it, so the history ends there.
    const bytes = await this.#control.race.save(lane),
      { id, fork, name, spec, history } = lane;
    return { id, fork, name, key: this.#control.keys.get(id) ?? "", spec, history: stored(history), bytes };
  }
}

/** Identifies a race's state, to compare it with the saved one. @param {Lane[]} lanes */
const stateOf = lanes =>
  lanes
    .map(({ id, history }) => [id, history.step, history.judgements.length, history.marks.length])
    .join(";");
