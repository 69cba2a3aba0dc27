// @ts-check
// The kept races: the last one is offered again after a reload, the others are in a list. A race that gave way to another, or
// was reset, can be brought back at once.

import { byId, html } from "../../lib/dom.js";
import { megabytes, messageOf, quantity } from "../../lib/format.js";
import { mute, tell } from "../../lib/messages.js";
import { fixed } from "../../lib/number_text.js";
import { Keeper, lockOf } from "../model/keep.js";
import { DATA } from "../model/choices.js";
import { bytesOf, heads, keptLanes, put, remove, sweep } from "../model/storage.js";

/** @typedef {import("../model/control.js").Control} Control */
/** @typedef {import("../model/storage.js").Head} Head */
/** @typedef {import("../model/storage.js").Kept} Kept */

/** Bytes and number of kept races, above which the oldest are offered for deletion. */
const MOST_BYTES = 1e9,
  MOST_RACES = 20;

/** @param {Control} control */
export function showKept(control) {
  return new KeptRaces(control);
}

class KeptRaces {
  #offer = byId("race-offer", HTMLElement);
  #place = byId("race-kept", HTMLDetailsElement);
  #summary = html("summary");
  #list = html("ul");
  #control;
  #keeper;

  /** @param {Control} control */
  constructor(control) {
    this.#control = control;
    this.#keeper = new Keeper(control, message => this.#tellRefused(message));
    this.#place.replaceChildren(this.#summary, this.#list);
    this.#place.addEventListener("toggle", () => {
      if (this.#place.open) void this.paint();
    });
    control.on(() => {
      if (control.made) this.#offer.hidden = true;
    });
    control.onAside(({ kept }) => this.#tellAside(kept));
    void this.#start();
  }

  async #start() {
    await sweep().catch(() => undefined);
    const free = await this.paint(),
      setup = JSON.stringify(this.#control.store.scene.race);
    // One of the page's own setup comes first.
    const last = free.find(head => JSON.stringify(head.setup) === setup) ?? free[0];
    if (last && !this.#control.made) this.#offerAgain(last);
  }

  /** Shows the list; resolves with the races that can be opened here, the last saved first. */
  async paint() {
    const [all, taken] = [await heads(), await openElsewhere()];
    const shown = all.filter(({ goneAt, id }) => goneAt === undefined && id !== this.#keeper.id),
      free = shown.filter(({ id }) => !taken.has(id)),
      nBytes = shown.reduce((sum, head) => sum + bytesOf(head), 0);
    this.#place.hidden = !shown.length;
    this.#summary.textContent = `${quantity(shown.length, "kept race")}, ${megabytes(nBytes)} MB`;
    this.#list.replaceChildren(...shown.map(head => this.#row(head, taken.has(head.id))));
    const oldest = free.at(-1);
    if (oldest && (nBytes > MOST_BYTES || shown.length > MOST_RACES)) this.#offerRoom(oldest, nBytes);
    return free;
  }

  /** @param {Head} head @param {boolean} isTaken */
  #row(head, isTaken) {
    const row = html("li", { "data-id": head.id }, html("span", "", wordsOf(head)));
    const button = (/** @type {string} */ words, /** @type {() => Promise<void>} */ act) =>
      html("button", { type: "button", disabled: isTaken, onclick: () => void act() }, words);
    if (isTaken) row.append(html("span", "hint-text", "open in another tab"));
    row.append(
      button("Open", () => this.#open(head)),
      button("Delete", () => this.#drop(head, row)),
    );
    return row;
  }

  /** @param {Head} head */
  async #open(head) {
    this.#offer.hidden = true;
    try {
      if ((await openElsewhere()).has(head.id)) throw new Error("it is open in another tab");
      const lanes = await keptLanes(head),
        restored = this.#control.restore({ ...head, lanes });
      this.#keeper.adopt(head, restored);
    } catch (error) {
      tell(
        "race-failure",
        {
          code: "bad-message",
          message: `the kept race of ${quantity(head.lanes.length, "lane")} was not opened: ${messageOf(error)}`,
          hint: "It stays in the list of kept races, and nothing else has changed.",
        },
        { key: "kept", act: { words: "Delete it", act: () => this.#drop(head) } },
      );
    }
    await this.paint();
  }

  /** Deletes a race so that it can be undone. @param {Head} head @param {HTMLElement} [row] */
  async #drop(head, row) {
    mute("race-failure", "kept");
    const isGone = await stores("the kept race was not deleted", () =>
      put({ ...head, goneAt: Date.now() }).catch(() => remove(head.id)),
    );
    if (!isGone) return;
    const back = async () => {
      if (!(await stores("the deleted race is not back yet", () => put(head)))) return;
      if (row === this.#offer) this.#offerAgain(head);
      await this.paint();
    };
    const undo = html("button", { type: "button", onclick: () => void back() }, "Undo");
    if (!row) return void (await this.paint());
    row.replaceChildren(html("span", "said hint-text", "Deleted."), undo);
    undo.focus();
  }

  /** @param {Head} head */
  #offerAgain(head) {
    const epoch = head.epochImages ? ` at epoch ${fixed(head.nImages / head.epochImages, 1)}` : "";
    const drop = async () => {
      await this.#drop(head, this.#offer);
      await this.paint();
    };
    this.#offer.replaceChildren(
      html("span", "said", `A race of ${quantity(head.lanes.length, "lane")} was saved${epoch}.`),
      html("button", { type: "button", id: "race-go-on", onclick: () => this.#open(head) }, "Resume"),
      html("button", { type: "button", id: "race-forget", onclick: () => void drop() }, "Delete it"),
    );
    this.#offer.hidden = false;
  }

  /** A race has given way. @param {Kept} kept */
  #tellAside(kept) {
    const id = this.#keeper.id;
    const back = async () => {
      mute("race-notice", "aside");
      const head = (await heads()).find(head => head.id === id),
        restored = this.#control.restore(kept);
      if (head?.lanes.length === restored.length) this.#keeper.adopt(head, restored);
      await this.paint();
    };
    const message = `the race of ${quantity(kept.lanes.length, "lane")} was set aside`;
    // The messages of that race go first.
    setTimeout(() => {
      tell(
        "race-notice",
        { code: "bad-message", message, hint: id ? "It is among the kept races." : "" },
        { key: "aside", act: { words: "Undo", act: () => void back() } },
      );
      void this.paint();
    });
  }

  /** @param {Head} oldest @param {number} nBytes */
  #offerRoom(oldest, nBytes) {
    const message = `the kept races take ${megabytes(nBytes)} MB of this browser’s storage`;
    tell(
      "race-notice",
      { code: "bad-message", message, hint: `The oldest is ${wordsOf(oldest)}.` },
      {
        key: "room",
        act: {
          words: "Delete the oldest",
          act: () => {
            mute("race-notice", "room");
            void this.#drop(oldest).then(() => this.paint());
          },
        },
      },
    );
  }

  /** @param {string | undefined} message why the race cannot be kept */
  #tellRefused(message) {
    if (message === undefined) return mute("race-failure", "keep");
    const act = async () => {
      const [oldest] = (await this.paint()).slice(-1);
      if (oldest) await stores("the oldest kept race was not deleted", () => remove(oldest.id));
      this.#keeper.again();
      await this.paint();
    };
    void this.paint().then(free => {
      const oldest = free.at(-1);
      tell(
        "race-failure",
        {
          code: "bad-message",
          message: `this race cannot be kept: ${message}`,
          hint: `It goes on, and nothing is lost as long as this tab is open; a reload would lose it.${oldest ? ` To make room: the oldest kept race is ${wordsOf(oldest)}.` : ""}`,
        },
        { key: "keep", act: { words: oldest ? "Delete the oldest" : "Try again", act: () => void act() } },
      );
    });
  }
}

/** A kept race in a line. @param {Head} head */
function wordsOf({ setup, saved, lanes, nImages, epochImages }) {
  const at = epochImages ? `epoch ${fixed(nImages / epochImages, 2)} of ${setup.epochs}` : "",
    when = new Date(saved).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return [
    setup.experiment,
    lanes.map(({ name }) => name).join(", "),
    DATA[setup.data],
    `batch ${setup.batch}`,
    at,
    when,
    `${megabytes(bytesOf({ lanes }))} MB`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * Does something with the storage, and says in the race if that fails.
 * @param {string} failure
 * @param {() => Promise<unknown>} act
 * @returns {Promise<boolean>} whether it is done
 */
async function stores(failure, act) {
  try {
    await act();
    return true;
  } catch (error) {
    tell(
      "race-failure",
      { code: "bad-message", message: `${failure}: ${messageOf(error)}`, hint: "Nothing has changed." },
      { key: "kept" },
    );
    return false;
  }
}

/** The races that other tabs, or this one, hold now; none where a browser keeps locks from the page. @returns {Promise<Set<string>>} */
async function openElsewhere() {
  const { held = [] } = (await navigator.locks?.query().catch(() => undefined)) ?? {},
    start = lockOf("");
  return new Set(held.flatMap(({ name }) => (name?.startsWith(start) ? [name.slice(start.length)] : [])));
}
