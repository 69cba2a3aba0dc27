// @ts-check
// Receives the bytes of a file whatever the network does: a transfer that breaks off or stalls goes on where it was, and what
// has arrived is stored, so that it need not come again. Does not know what the bytes mean, and does not touch the page.

/** The bytes of a file as it is served, and unpacked, with their SHA-256 in hexadecimal. @typedef {{ bytes: number, sha256: string, plainBytes: number, plainSha256: string }} Expected */

/**
 * @typedef {object} Options
 * @property {Expected} [expected] checked at the end; only such a file is stored
 * @property {AbortSignal} [signal]
 * @property {(nBytes: number) => void} [onSent] called with the length in transfer, if the server reports it
 * @property {number} [stallMillis] milliseconds without a byte after which a connection is given up
 * @property {number} [pauseMillis] milliseconds before the second attempt; each further one waits twice as long
 */

/** Why a transfer ended. Its message does not name the file. */
export class TransferError extends Error {
  /** @param {"lost" | "refused" | "damaged"} kind @param {string} message @param {unknown} [cause] */
  constructor(kind, message, cause) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Attempts that bring no byte before a transfer is given up. */
const N_ATTEMPTS = 3;

const STALL_MILLIS = 15_000,
  PAUSE_MILLIS = 500;

/** Bytes of a piece, in which a file is stored. */
const PIECE_LEN = 2 ** 20;

/** Where files are stored, by their addresses and digests: the same for all builds. */
const STORE = "blue-cube data";

/** Statuses of a server that may soon answer otherwise: too many requests, a timeout, or its own fault. */
const mayPass = (/** @type {number} */ status) => status === 408 || status === 429 || status >= 500;

/** @param {number} millis @param {AbortSignal} [signal] */
const pause = (millis, signal) =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, millis);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/**
 * The bytes of a file as they arrive, from the store and then from the server.
 * @param {string} url
 * @param {Options} [options]
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>} throws a TransferError, or the reason of an abort
 */
export async function* receive(url, options = {}) {
  const { expected, signal } = options,
    store = await Store.open(url, expected),
    /** @type {Uint8Array<ArrayBuffer>[]} */
    all = [];
  let isPlain = Boolean(store?.isPlain),
    nReceived = 0;
  const take = (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => {
    nReceived += bytes.length;
    if (expected && !store?.isChecked) all.push(bytes);
    return bytes;
  };
  for await (const piece of store?.pieces() ?? []) yield take(piece);
  const want = () => (expected ? (isPlain ? expected.plainBytes : expected.bytes) : undefined);
  for (let nIdle = 0; nReceived !== want();) {
    signal?.throwIfAborted();
    const before = nReceived;
    try {
      const connection = new Connection(url, nReceived, isPlain, options);
      for await (const bytes of connection.bytes()) {
        isPlain = connection.isPlain;
        const taken = take(bytes);
        await store?.add(taken, isPlain);
        yield taken;
      }
      isPlain = connection.isPlain;
      const total = want();
      if (total === undefined || nReceived >= total) break;
      throw new TransferError("lost", `it ended there, ${total} bytes expected`);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TransferError && error.kind !== "lost") throw error;
      nIdle = nReceived > before ? 1 : nIdle + 1;
      const why = error instanceof Error ? error.message : String(error);
      if (nIdle >= N_ATTEMPTS) {
        const what = nReceived ? `connection lost after byte ${nReceived}` : "no answer from the server";
        throw new TransferError("lost", `${what} (${why})`, error);
      }
      await pause((options.pauseMillis ?? PAUSE_MILLIS) * 2 ** (nIdle - 1), signal);
    }
  }
  if (expected && !store?.isChecked) await check(all, isPlain, expected, store);
}

/** One request, from some byte on. */
class Connection {
  /** Whether the browser unpacks the file by itself. */
  isPlain;
  #url;
  #from;
  #options;

  /** @param {string} url @param {number} from the first byte wanted @param {boolean} isPlain @param {Options} options */
  constructor(url, from, isPlain, options) {
    this.#url = url;
    this.#from = from;
    this.isPlain = isPlain;
    this.#options = options;
  }

  /** @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>} */
  async *bytes() {
    const { signal, stallMillis = STALL_MILLIS } = this.#options,
      ended = new AbortController(),
      stalled = () => ended.abort(new TransferError("lost", `nothing arrived for ${stallMillis / 1000} s`));
    const end = () => ended.abort(signal?.reason);
    signal?.addEventListener("abort", end, { once: true });
    let timer = setTimeout(stalled, stallMillis);
    try {
      const response = await this.#answer(ended.signal);
      let nSkipped = this.#skips(response);
      const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
      for (;;) {
        clearTimeout(timer);
        timer = setTimeout(stalled, stallMillis);
        const { value } = await reader.read();
        clearTimeout(timer);
        if (!value) return;
        const bytes = value.subarray(Math.min(nSkipped, value.length));
        nSkipped -= value.length - bytes.length;
        if (bytes.length) yield bytes;
      }
    } catch (error) {
      throw ended.signal.aborted ? (ended.signal.reason ?? error) : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      ended.abort();
    }
  }

  /** @param {AbortSignal} signal */
  async #answer(signal) {
    // A part of a file that the browser unpacks cannot be asked for.
    const isPart = this.#from > 0 && !this.isPlain,
      headers = isPart ? { Range: `bytes=${this.#from}-` } : undefined;
    const response = await fetch(this.#url, { headers, signal, cache: isPart ? "no-store" : "default" });
    if (response.ok && response.body) return response;
    const status = `${response.status} ${response.statusText}`.trim();
    throw new TransferError(
      mayPass(response.status) ? "lost" : "refused",
      response.ok ? "the server sent no data" : `HTTP status ${status} found, 200 expected`,
    );
  }

  /** How many bytes of a response have been received before. @param {Response} response */
  #skips({ status, headers }) {
    const isPlain = headers.has("content-encoding");
    if (this.#from && isPlain !== this.isPlain)
      throw new TransferError("refused", "the server changed the encoding in the middle");
    this.isPlain = isPlain;
    const sent = Number(headers.get("content-length"));
    if (sent && status !== 206) this.#options.onSent?.(sent);
    if (status !== 206) return this.#from;
    const start = Number(/^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1]);
    if (start === this.#from) return 0;
    throw new TransferError("refused", `the server sent byte ${start}, byte ${this.#from} expected`);
  }
}

/**
 * Compares a whole file with what it must be, where the browser can: only pages over HTTPS or from this machine may digest.
 * @param {Uint8Array<ArrayBuffer>[]} all
 * @param {boolean} isPlain
 * @param {Expected} expected
 * @param {Store | undefined} store
 */
async function check(all, isPlain, expected, store) {
  if (!globalThis.crypto?.subtle) return;
  const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of all) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  const digest = await crypto.subtle.digest("SHA-256", whole),
    found = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, "0")).join(""),
    want = isPlain ? expected.plainSha256 : expected.sha256;
  if (found === want) return void (await store?.finish());
  await store?.drop();
  const short = (/** @type {string} */ text) => `${text.slice(0, 8)}…`;
  throw new TransferError("damaged", `SHA-256 ${short(found)} found, ${short(want)} expected`);
}

/** The stored pieces of a file. A browser that stores nothing, or no more, does not stop a transfer. */
class Store {
  /** Whether the stored bytes are unpacked ones. */
  isPlain = false;
  /** Whether all is here and was compared with its digest. */
  isChecked = false;
  #cache;
  #key;
  #nPieces = 0;
  /** The piece that is being filled. */
  #piece = new Uint8Array(PIECE_LEN);
  #nFilled = 0;
  #isFull = false;

  /** @param {Cache} cache @param {(part: string) => string} key the address of a part of the file */
  constructor(cache, key) {
    this.#cache = cache;
    this.#key = key;
  }

  /** @param {string} url @param {Expected} [expected] */
  static async open(url, expected) {
    // A blob is here already, and lives only as long as the page.
    if (!expected || !/^https?:/.test(url)) return undefined;
    try {
      // In a sandbox even the look throws.
      if (!globalThis.caches) return undefined;
      const store = new Store(
        await caches.open(STORE),
        part => `${url}?sha256=${expected.sha256}&part=${part}`,
      );
      store.isChecked = Boolean(await store.#get("whole"));
      store.isPlain = Boolean(await store.#get("plain-0"));
      return store;
    } catch {
      return undefined;
    }
  }

  #get = (/** @type {string} */ part) => this.#cache.match(this.#key(part));
  #part = (/** @type {number} */ at) => `${this.isPlain ? "plain" : "packed"}-${at}`;

  /** The pieces stored so far, in order. @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>} */
  async *pieces() {
    for (;;) {
      const found = await this.#get(this.#part(this.#nPieces));
      if (!found) break;
      this.#nPieces += 1;
      yield new Uint8Array(await found.arrayBuffer());
    }
    // Some may have been deleted by the browser since.
    if (!this.#nPieces) this.isChecked = false;
  }

  /** Stores more bytes, once there are enough. Pieces are cut at fixed places: several workers may store the same file. @param {Uint8Array<ArrayBuffer>} bytes @param {boolean} isPlain */
  async add(bytes, isPlain) {
    this.isPlain = isPlain;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + PIECE_LEN - this.#nFilled);
      this.#piece.set(part, this.#nFilled);
      this.#nFilled += part.length;
      at += part.length;
      if (this.#nFilled === PIECE_LEN) await this.#put();
    }
  }

  /** All is here, and right. */
  async finish() {
    await this.#put();
    if (!this.#isFull) await this.#try(this.#cache.put(this.#key("whole"), new Response("")));
  }

  /** Forgets the file. */
  async drop() {
    const parts = Array.from({ length: this.#nPieces }, (_, at) => this.#part(at));
    await Promise.all([...parts, "whole"].map(part => this.#try(this.#cache.delete(this.#key(part)))));
  }

  async #put() {
    const bytes = this.#piece.slice(0, this.#nFilled);
    this.#nFilled = 0;
    if (!bytes.length || this.#isFull) return;
    await this.#try(this.#cache.put(this.#key(this.#part(this.#nPieces)), new Response(bytes)));
    this.#nPieces += 1;
  }

  /** @param {Promise<unknown>} work */
  async #try(work) {
    try {
      await work;
    } catch {
      // There is no more room: what follows would leave a gap.
      this.#isFull = true;
    }
  }
}
