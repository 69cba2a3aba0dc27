// @ts-check
// A worker in Node that does what a test says, in the place of the browser's.

import { beforeEach } from "node:test";

/** A worker that does what a test says. */
export class FakeWorker {
  /** @type {FakeWorker[]} */
  static all = [];
  /** @type {any[]} */
  sent = [];
  isEnded = false;
  answers = true;
  /** @type {Record<string, (event: any) => void>} */
  #listeners = {};

  constructor(_url, options) {
    this.options = options;
    FakeWorker.all.push(this);
  }

  addEventListener(name, listener) {
    this.#listeners[name] = listener;
  }

  postMessage(message) {
    if (message !== "ping") this.sent.push(message);
    else if (this.answers) this.say("pong");
  }

  terminate() {
    this.isEnded = true;
  }

  say(data) {
    this.#listeners.message?.({ data });
  }

  fire(name, message) {
    this.#listeners[name]?.({ message, preventDefault() {} });
  }

  /** The messages of a kind. */
  of(kind) {
    return this.sent.flatMap(message => (kind in message ? [message[kind]] : []));
  }
}

beforeEach(() => {
  FakeWorker.all = [];
  /** @type {any} */ (globalThis).Worker = FakeWorker;
  Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: 3 }, configurable: true });
  delete (/** @type {any} */ (globalThis).document);
});
