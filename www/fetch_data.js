// @ts-check
/**
 * Fetches data files and unpacks them as they arrive. Runs in a worker; does not know what the files contain.
 *
 * A server may send a `.gz` file as it is, or declare gzip as its encoding, so that the browser has already unpacked it:
 * the first two bytes show which.
 */

import { DATA_FILES } from "./data/files.js";
import { TransferError, receive } from "./ui/lib/transfer.js";

/** How every gzip file begins (RFC 1952). */
const GZIP_MAGIC = [0x1f, 0x8b];

/** How an HTML page begins: `<`. Neither gzip nor IDX begins so. */
const HTML_START = 0x3c;

const HINT_FETCH =
  "Check the connection and that the page is served with its data folder, then try again: what has arrived is kept.";
const HINT_FORMAT =
  "The file is damaged or not the right one: restore the shipped file, then load the data again.";
const HINT_BROWSER = "Update the browser: it lacks DecompressionStream, which browsers have had since 2023.";

/** What to say about a transfer that ended early. @type {Record<TransferError["kind"], ["data-fetch" | "data-format", string]>} */
const ENDINGS = {
  lost: ["data-fetch", HINT_FETCH],
  refused: ["data-fetch", HINT_FETCH],
  damaged: ["data-format", "It was damaged on its way, or the server has another file: try again."],
};

/** A data file that could not be loaded. Its message names the file and what went wrong. */
export class DataError extends Error {
  /**
   * @param {'data-fetch' | 'data-format'} code A failure code of the messages.
   * @param {string} message What is wrong, and where.
   * @param {string} hint What to do about it.
   * @param {unknown} [cause] The browser's own error.
   */
  constructor(code, message, hint, cause) {
    super(message, { cause });
    this.name = "DataError";
    this.code = code;
    this.hint = hint;
  }
}

/** Bytes of these shipped files in transfer. @param {string[]} names such as "mnist/train-images-idx3-ubyte" @returns {number} */
export const dataBytes = names => names.reduce((sum, name) => sum + DATA_FILES[name].bytes, 0);

/**
 * Like [`streamFile`], for a shipped file, which is compared with its digest.
 * @param {string} name such as "mnist/train-images-idx3-ubyte"
 * @param {Parameters<typeof streamFile>[1]} to
 */
export async function streamData(name, to) {
  const { url, ...expected } = DATA_FILES[name];
  await streamFile(url, to, { expected });
}

/**
 * Fetches the file at `url` and passes on its unpacked bytes as they arrive.
 *
 * An error from `onChunk` or `onBytes` ends the transfer and is rethrown unchanged, as is the reason of an abort.
 *
 * @param {string | URL} url
 * @param {object} to
 * @param {(nCompressed: number) => void} [to.onBytes] Called with the bytes of this file received so far.
 * @param {(chunk: Uint8Array) => void} to.onChunk Called with each piece of the unpacked file, in order.
 * @param {AbortSignal} [to.signal] Ends the transfer.
 * @param {Omit<import("./ui/lib/transfer.js").Options, "signal">} [options]
 * @returns {Promise<void>} Settles when the whole file has been passed on.
 * @throws {DataError}
 */
export async function streamFile(url, to, options = {}) {
  const file = fileName(url);
  // Data that the browser has already unpacked is longer than what was sent, so it is capped at that.
  let sent = options.expected?.bytes ?? Infinity;
  const count = (/** @type {number} */ received) => to.onBytes?.(Math.min(received, sent));
  const onChunk = (/** @type {Uint8Array} */ chunk) => to.onChunk(chunk);
  const pieces = new Pieces(String(url), file, count, {
    ...options,
    signal: to.signal,
    onSent: nBytes => (sent = nBytes),
  });
  try {
    const start = await pieces.takeStart(GZIP_MAGIC.length);
    if (start[0] === HTML_START) {
      throw new DataError(
        "data-format",
        `${file}: byte 0: a web page found, gzip data expected`,
        HINT_FORMAT,
      );
    }
    if (GZIP_MAGIC.every((byte, at) => start[at] === byte)) {
      await gunzip(pieces, file, onChunk);
    } else {
      for (let piece = await pieces.next(); piece; piece = await pieces.next()) onChunk(piece);
    }
  } catch (error) {
    await pieces.cancel(error);
    throw error;
  }
}

/** The bytes of a file, counted as they arrive, with errors that name it. */
class Pieces {
  /**
   * @param {string} url
   * @param {string} file
   * @param {(nCompressed: number) => void} onBytes
   * @param {import("./ui/lib/transfer.js").Options} options
   */
  constructor(url, file, onBytes, options) {
    this.ended = new AbortController();
    const { signal } = options;
    if (signal?.aborted) this.ended.abort(signal.reason);
    signal?.addEventListener("abort", () => this.ended.abort(signal.reason), { once: true });
    this.source = receive(url, { ...options, signal: this.ended.signal });
    this.file = file;
    this.onBytes = onBytes;
    /** Bytes received. */
    this.received = 0;
    /** @type {Uint8Array<ArrayBuffer> | undefined} A piece received but not passed on. */
    this.held = undefined;
  }

  /** @returns {Promise<Uint8Array<ArrayBuffer> | undefined>} The next piece; nothing at the end of the file. */
  async next() {
    const { held } = this;
    this.held = undefined;
    return held ?? (await this.receive());
  }

  /**
   * The first `n` bytes, or all of a shorter file; they are still passed on later.
   *
   * @param {number} n
   */
  async takeStart(n) {
    let start = new Uint8Array(0);
    while (start.length < n) {
      const piece = await this.receive();
      if (!piece) break;
      const longer = new Uint8Array(start.length + piece.length);
      longer.set(start);
      longer.set(piece, start.length);
      start = longer;
    }
    this.held = start;
    return start;
  }

  /** @param {unknown} why */
  async cancel(why) {
    this.ended.abort(why);
    // A transfer that has failed cannot be ended any more, and need not be.
    await this.source.return().catch(() => {});
  }

  async receive() {
    const { value } = await this.source.next().catch(error => {
      if (!(error instanceof TransferError)) throw error;
      const [code, hint] = ENDINGS[error.kind];
      throw new DataError(code, `${this.file}: ${error.message}`, hint, error);
    });
    if (value) {
      this.received += value.length;
      this.onBytes(this.received);
    }
    return value || undefined;
  }
}

/**
 * Unpacks `pieces`. One loop feeds the unpacker and another drains it; the first error in either ends both.
 *
 * @param {Pieces} pieces
 * @param {string} file
 * @param {(chunk: Uint8Array) => void} onChunk
 */
async function gunzip(pieces, file, onChunk) {
  if (typeof DecompressionStream === "undefined") {
    throw new DataError("data-format", `${file}: this browser cannot unpack gzip data`, HINT_BROWSER);
  }
  const unpacker = new DecompressionStream("gzip");
  const writer = unpacker.writable.getWriter();
  const reader = unpacker.readable.getReader();
  /** @type {{ error: unknown } | undefined} */
  let first;
  /** @param {unknown} error */
  const fail = async error => {
    if (first) return;
    first = { error };
    // All ends are cancelled; one that has failed already rejects that, which does not matter.
    await Promise.allSettled([pieces.cancel(error), writer.abort(error), reader.cancel(error)]);
  };
  /** @param {unknown} error */
  const damaged = error => {
    const where = `${file}: at or before compressed byte ${pieces.received}`;
    const message = `${where}: valid gzip data expected, found: ${reason(error)}`;
    throw new DataError("data-format", message, HINT_FORMAT, error);
  };
  const feed = async () => {
    for (let piece = await pieces.next(); piece && !first; piece = await pieces.next()) {
      await writer.write(piece).catch(damaged);
    }
    if (!first) await writer.close().catch(damaged);
  };
  const empty = async () => {
    for (;;) {
      const { value } = await reader.read().catch(damaged);
      if (!value) return;
      onChunk(value);
    }
  };
  await Promise.all([feed().catch(fail), empty().catch(fail)]);
  if (first) throw first.error;
}

/**
 * The last part of a URL's path.
 *
 * @param {string | URL} url
 */
function fileName(url) {
  return String(url)
    .replace(/[?#].*$/, "")
    .replace(/^.*\//, "");
}

/**
 * An error's message, without the browser's prefix naming the function that failed.
 *
 * @param {unknown} error
 */
function reason(error) {
  return error instanceof Error
    ? error.message.replace(/^Failed to execute '.*?' on '.*?': /, "")
    : String(error);
}
