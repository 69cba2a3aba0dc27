// @ts-check
// Kept races in the browser's storage: a head for each, and a record for each of its lanes. What is read is checked before use,
// since it may have been written by another version of the page.

import { History } from "./history.js";
import { isCount, isObject, need } from "./checks.js";
import { DATA } from "./choices.js";

/** @import { RunSpec, Setup } from "../../../pkg/blue_cube.js" */
/** @import { RecordFields, Snapshot } from "./lane.js" */

/** A lane within a head. @typedef {{ id: string, name: string, step: number, nBytes: number }} HeadLane */

/**
 * A kept race without its lanes.
 * @typedef {object} Head
 * @property {number} version of the layout
 * @property {string} id
 * @property {string} saved when, as ISO 8601
 * @property {Setup} setup
 * @property {number} epochImages
 * @property {number} nImages that the slowest lane has trained on
 * @property {string[]} common changes of all lanes, as JSON
 * @property {HeadLane[]} lanes in the order of the race
 * @property {number} [goneAt] when it was deleted, in milliseconds since 1970: for a while that can be undone
 */

/**
 * A kept lane: its history up to its snapshot.
 * @typedef {object} KeptLane
 * @property {string} id
 * @property {{ from: string, step: number } | undefined} fork which of the other lanes it was forked from
 * @property {string} name
 * @property {string} key of the setup's run; empty for a fork
 * @property {RunSpec} spec
 * @property {History} history
 * @property {Uint8Array | undefined} bytes its snapshot; undefined for a lane that starts at step 0, and for a record
 * @property {RecordFields | undefined} record what else is known of a lane that came from a file
 */

/** A race with its lanes, as it can go on. @typedef {Pick<Head, "setup" | "common" | "epochImages"> & { lanes: KeptLane[] }} Kept */

/** A history in the form that the browser stores. @typedef {{ losses: Float32Array, accuracies: Float32Array, images: Float32Array } & Pick<History, "judgements" | "marks">} StoredHistory */

/** @typedef {Omit<KeptLane, "history"> & { history: StoredHistory }} StoredLane */

const DATABASE = "blue-cube",
  RACES = "races",
  LANES = "lanes";

/** Version of the database: one with races by setup is the second. */
const DATABASE_VERSION = 2;

/** Version of the layout of heads and lanes. */
export const VERSION = 3;

/** Milliseconds after which a deleted race is gone for good. */
const UNDO_MILLIS = 10 * 60_000;

/** Milliseconds after which the storage counts as one that does not answer: some browsers' hang, and another tab can hold it. */
const ANSWER_MILLIS = 10_000;

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

/** Rejects if the storage does not answer in time. @template T @param {Promise<T>} promise @returns {Promise<T>} */
function answered(promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the browser’s storage does not answer")), ANSWER_MILLIS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The database, opened once. */
function database() {
  opened ??= new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) throw new Error("the browser gives this page no storage");
    const request = indexedDB.open(DATABASE, DATABASE_VERSION);
    request.onupgradeneeded = () => {
      const base = request.result;
      // One race, in a layout that this page does not read.
      if (base.objectStoreNames.contains("race")) base.deleteObjectStore("race");
      base.createObjectStore(RACES);
      base.createObjectStore(LANES);
    };
    request.onsuccess = () => {
      const close = () => {
        opened = undefined;
      };
      request.result.onclose = close;
      request.result.onversionchange = () => {
        request.result.close();
        close();
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds it with an older version of this page"));
  });
  return answered(opened).catch(error => {
    opened = undefined;
    throw error;
  });
}

/**
 * Runs a transaction over both stores; settles when it is complete.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(races: IDBObjectStore, lanes: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function within(mode, act) {
  const base = await database();
  return answered(
    new Promise((resolve, reject) => {
      const transaction = base.transaction([RACES, LANES], mode),
        request = act(transaction.objectStore(RACES), transaction.objectStore(LANES));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    }),
  );
}

/** Keys of a race's lanes. @param {string} id */
const lanesOf = id => IDBKeyRange.bound([id], [id, []], false, true);

/** The kept races, the last saved first; none without storage. What cannot be read is left out. @returns {Promise<Head[]>} */
export async function heads() {
  try {
    /** @type {unknown[]} */
    const all = await within("readonly", races => races.getAll());
    return all
      .filter(isHead)
      .map(ofToday)
      .sort((a, b) => (a.saved < b.saved ? 1 : -1));
  } catch {
    return [];
  }
}

/** The lanes of a kept race. @param {Head} head @returns {Promise<KeptLane[]>} throws if one of them is missing or damaged */
export async function keptLanes({ id, lanes }) {
  const kept = [];
  for (const { id: lane, name } of lanes) {
    const stored = await within("readonly", (_, store) => store.get([id, lane]));
    kept.push(readLane(stored, `lane ${name}`));
  }
  return kept;
}

/**
 * Writes a race's head together with one of its lanes, so that both are there or neither.
 * @param {Head} head
 * @param {StoredLane} [lane]
 */
export const put = (head, lane) =>
  within("readwrite", (races, lanes) => {
    if (lane) lanes.put(lane, [head.id, lane.id]);
    return races.put(head, head.id);
  });

/** Deletes those of a race's lanes that its head does not name. @param {Head} head */
export async function tidy({ id, lanes }) {
  const keys = await within("readonly", (_, store) => store.getAllKeys(lanesOf(id)));
  const left = keys.filter(key => Array.isArray(key) && !lanes.some(lane => lane.id === key[1]));
  for (const key of left) await within("readwrite", (_, store) => store.delete(key));
}

/** Deletes a race for good. @param {string} id */
export const remove = id =>
  within("readwrite", (races, lanes) => {
    lanes.delete(lanesOf(id));
    return races.delete(id);
  });

/** Deletes for good what was deleted a while ago, and lanes without a race. */
export async function sweep() {
  const all = await heads(),
    old = all.filter(({ goneAt }) => goneAt !== undefined && Date.now() - goneAt > UNDO_MILLIS);
  for (const { id } of old) await remove(id);
  const known = new Set((await within("readonly", races => races.getAllKeys())).map(String)),
    keys = await within("readonly", (_, lanes) => lanes.getAllKeys());
  for (const key of keys) {
    if (Array.isArray(key) && !known.has(String(key[0])))
      await within("readwrite", (_, lanes) => lanes.delete(key));
  }
}

/** Bytes of a kept race. @param {Pick<Head, "lanes">} head */
export const bytesOf = ({ lanes }) => lanes.reduce((sum, { nBytes }) => sum + nBytes, 0);

/** A copy of a history up to a snapshot, which the browser can store. @param {History} history @param {Pick<Snapshot, "step" | "nJudgements" | "nMarks">} to @returns {StoredHistory} */
export const stored = ({ losses, accuracies, images, judgements, marks }, { step, nJudgements, nMarks }) => ({
  losses: losses.values.slice(0, step),
  accuracies: accuracies.values.slice(0, step),
  images: images.values.slice(0, step),
  judgements: judgements.slice(0, nJudgements),
  marks: marks.slice(0, nMarks),
});

/** @param {StoredHistory} kept */
export function historyOf({ losses, accuracies, images, judgements, marks }) {
  const history = new History();
  history.losses.push(losses);
  history.accuracies.push(accuracies);
  history.images.push(images);
  return Object.assign(history, { judgements: [...judgements], marks: [...marks] });
}

/** A race kept before the schedule of its rate had a name: it was only on or off. @param {Head} head @returns {Head} */
export function ofToday(head) {
  const plateau = /** @type {unknown} */ (head.setup.plateau);
  if (typeof plateau !== "boolean") return head;
  return { ...head, setup: { ...head.setup, plateau: plateau ? "plateau" : "constant" } };
}

/** @param {unknown} head @returns {head is Head} */
export const isHead = head =>
  isObject(head) &&
  head.version === VERSION &&
  typeof head.id === "string" &&
  typeof head.saved === "string" &&
  isObject(head.setup) &&
  Array.isArray(head.setup.lanes) &&
  Object.hasOwn(DATA, head.setup.data) &&
  isCount(head.setup.epochs) &&
  isCount(head.setup.batch) &&
  isCount(head.epochImages) &&
  isCount(head.nImages) &&
  Array.isArray(head.common) &&
  head.common.every(change => typeof change === "string") &&
  (head.goneAt === undefined || Number.isFinite(head.goneAt)) &&
  Array.isArray(head.lanes) &&
  head.lanes.length > 0 &&
  head.lanes.every(
    lane =>
      isObject(lane) &&
      typeof lane.id === "string" &&
      typeof lane.name === "string" &&
      isCount(lane.step) &&
      isCount(lane.nBytes),
  );

/** @param {unknown} lane @param {string} where @returns {KeptLane} */
function readLane(lane, where) {
  need(isObject(lane), where);
  need(typeof lane.name === "string" && typeof lane.key === "string", where);
  need(isObject(lane.spec) && isObject(lane.spec.norm), `${where}.spec`);
  need(lane.bytes === undefined || lane.bytes instanceof Uint8Array, `${where}.bytes`);
  const { history } = lane;
  need(
    isObject(history) && Array.isArray(history.judgements) && Array.isArray(history.marks),
    `${where}.history`,
  );
  const series = [history.losses, history.accuracies, history.images];
  need(
    series.every(values => values instanceof Float32Array && values.length === series[0].length),
    `${where}.history`,
  );
  const read = /** @type {StoredLane} */ (/** @type {unknown} */ (lane));
  return { ...read, history: historyOf(read.history) };
}
