// @ts-check
/**
 * Fetches data files and unpacks them as they arrive. Runs in a worker; does not know what the files contain.
 *
 * A server may send a `.gz` file as it is, or declare gzip as its encoding, so that the browser has already unpacked it:
 * the first two bytes show which.
 */

/** How every gzip file begins (RFC 1952). */
const GZIP_MAGIC = [0x1f, 0x8b];

/** How an HTML page begins: `<`. Neither gzip nor IDX begins so. */
const HTML_START = 0x3c;

/** Statuses of a server that does not support HEAD. */
const NO_HEAD = [405, 501];

const HINT_FETCH =
  "Check the connection and that the page is served with its data folder, then load the data again.";
const HINT_FORMAT =
  "The file is damaged or not the right one: restore the shipped file, then load the data again.";
const HINT_BROWSER = "Update the browser: it lacks DecompressionStream, which browsers have had since 2023.";

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
 * @returns {Promise<void>} Settles when the whole file has been passed on.
 * @throws {DataError}
 */
export async function streamFile(url, to) {
  const { signal } = to;
  const file = fileName(url);
  const response = await request(url, { signal });
  if (!response.body) {
    throw new DataError("data-fetch", `${file}: the server sent no data`, HINT_FETCH);
  }
  // Data that the browser has already unpacked is longer than what was sent, so it is capped at that.
  const sent = sentBytes(response) || Infinity;
  const count = (/** @type {number} */ received) => to.onBytes?.(Math.min(received, sent));
  const onChunk = (/** @type {Uint8Array} */ chunk) => to.onChunk(chunk);
  const pieces = new Pieces(response.body.getReader(), file, count, signal);
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

/**
 * The total bytes of these files in transfer; 0 if the server does not report the size of each.
 *
 * @param {(string | URL)[]} urls
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<number>}
 * @throws {DataError} If one of the files is missing.
 */
export async function fileSizes(urls, { signal } = {}) {
  const sizes = await Promise.all(urls.map(url => fileSize(url, signal)));
  return sizes.includes(0) ? 0 : sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * @param {string | URL} url
 * @param {AbortSignal} [signal]
 */
async function fileSize(url, signal) {
  const response = await request(url, { signal, method: "HEAD" });
  return response.ok ? sentBytes(response) : 0;
}

/**
 * The length of a response's body on the wire; 0 if unknown.
 *
 * @param {Response} response
 */
function sentBytes(response) {
  return Number(response.headers.get("content-length")) || 0;
}

/**
 * @param {string | URL} url
 * @param {RequestInit} init
 * @returns {Promise<Response>} A successful response, or the answer to a HEAD that the server does not support.
 */
async function request(url, init) {
  const file = fileName(url);
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new DataError(
      "data-fetch",
      `${file}: no answer from the server (${reason(error)})`,
      HINT_FETCH,
      error,
    );
  }
  if (response.ok || (init.method === "HEAD" && NO_HEAD.includes(response.status))) return response;
  await response.body?.cancel();
  const status = `${response.status} ${response.statusText}`.trim();
  throw new DataError("data-fetch", `${file}: HTTP status ${status} found, 200 expected`, HINT_FETCH);
}

/** The body of a response: counted as it arrives, with errors that say where it was cut off. */
class Pieces {
  /**
   * @param {ReadableStreamDefaultReader<Uint8Array>} reader
   * @param {string} file
   * @param {(nCompressed: number) => void} onBytes
   * @param {AbortSignal} [signal]
   */
  constructor(reader, file, onBytes, signal) {
    this.reader = reader;
    this.file = file;
    this.onBytes = onBytes;
    this.signal = signal;
    /** Bytes received. */
    this.received = 0;
    /** @type {Uint8Array | undefined} A piece received but not passed on. */
    this.held = undefined;
  }

  /** @returns {Promise<Uint8Array | undefined>} The next piece; nothing at the end of the file. */
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
    // A body that was cut off cannot be cancelled any more, and need not be.
    await this.reader.cancel(why).catch(() => {});
  }

  async receive() {
    const { value } = await this.reader.read().catch(error => {
      this.signal?.throwIfAborted();
      const message = `${this.file}: connection lost after byte ${this.received} (${reason(error)})`;
      throw new DataError("data-fetch", message, HINT_FETCH, error);
    });
    if (value) {
      this.received += value.length;
      this.onBytes(this.received);
    }
    return value;
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
      // The DOM's types require bytes that are not shared between threads, which a response's are not.
      await writer.write(/** @type {Uint8Array<ArrayBuffer>} */ (piece)).catch(damaged);
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
