/* global initSync, __wbg_init, PROMISING */
// Written by `cargo xtask build`: errors of the package have a code, whatever is passed or went wrong, and a panic leaves no
// promise unsettled.

/** Gives an error a code, if it has none. */
function withCode(error, code, words = "") {
  if (typeof error?.code === "string") return error;
  const told = words + (error instanceof Error ? error.message : "unknown error");
  return Object.assign(new Error(told, { cause: error }), { code });
}

/** What stands in for the wasm until it is loaded. */
const NOT_LOADED = new Proxy(
  {},
  {
    get() {
      throw withCode(
        new Error("the package is not loaded yet: await its default export, or call initSync, first"),
        "bad-message",
      );
    },
  },
);

/** Rejects the promises that the wasm has made and not settled. @type {Set<(error: Error) => void>} */
const UNSETTLED = new Set();

/** What ended the wasm: from then on its memory may be half changed, and nothing in it is called any more. */
let ended;

/** What Rust printed when it panicked; the trap that follows says only "unreachable". */
let panic = "";

/** Prints what Rust says of a panic. */
function printPanic(text) {
  panic = text;
  console.error(text);
}

/** The wasm's calls on the stack: it may call JavaScript that calls it. */
let nCalls = 0;

/** Makes a promise of the wasm's, which a panic rejects: no Rust runs any more that could. */
function unsettled(work) {
  let failure;
  const promise = new Promise((resolve, reject) => {
    const settle = by => value => {
      UNSETTLED.delete(reject);
      by(value);
    };
    UNSETTLED.add(reject);
    try {
      work(settle(resolve), settle(reject));
    } catch (error) {
      failure = { error };
    }
  });
  // Not left to the promise: whoever made it must not go on.
  if (failure) throw failure.error;
  return promise;
}

/** Ends the wasm; returns what its users are told. */
function end(error) {
  const [told] = panic.split(/\n\s*\n/);
  const cause = told ? new Error(told.trim(), { cause: error }) : error;
  ended = withCode(cause, "bad-message", "this is a bug in the package, which has to be loaded anew: ");
  for (const reject of UNSETTLED) reject(ended);
  return ended;
}

/** What a call gets after the wasm has ended: an error or, if nobody made the call, nothing. */
function afterEnd(name) {
  if (isInner(name)) return [];
  const words = "the package stopped at an earlier error and has to be loaded anew: ";
  const error = withCode(new Error(ended.message, { cause: ended }), "bad-message", words);
  if (PROMISING.has(name)) return Promise.reject(error);
  throw error;
}

/** Whether it is called by timers, promises and this module, rather than by the package's users. */
const isInner = name => /^(__|wasm_bindgen__)/.test(name);

/** The exports of the wasm. Whatever they throw has a code; after a panic none of them is called. */
function withCodes(exports) {
  const checked =
    (name, of) =>
    (...all) => {
      if (ended) return afterEnd(name);
      nCalls += 1;
      try {
        return of(...all);
      } catch (error) {
        // Those who called it must not go on either.
        if (nCalls > 1) throw error;
        // A call that is refused, such as of a run that is busy, ends nothing.
        if (typeof error?.code === "string" && !isInner(name)) throw error;
        const isTold = UNSETTLED.size > 0,
          told = end(error);
        if (PROMISING.has(name)) return Promise.reject(told);
        if (isInner(name) && isTold) return [];
        throw told;
      } finally {
        nCalls -= 1;
      }
    };
  const entries = Object.entries(exports);
  return Object.fromEntries(
    entries.map(([name, of]) => [name, typeof of === "function" ? checked(name, of) : of]),
  );
}

/** The runs that were not freed, and their addresses, which nobody else can set. */
const POINTERS = new WeakMap();

/** The address of a run. */
function pointerOf(run) {
  const pointer = POINTERS.get(run);
  if (pointer === undefined) throw withCode(new Error("the object was freed, or never made"), "bad-message");
  return pointer;
}

function loadSync(from) {
  try {
    return initSync(from);
  } catch (error) {
    throw withCode(error, "data-fetch", "the package did not load: ");
  }
}

async function load(from) {
  try {
    return await __wbg_init(from);
  } catch (error) {
    throw withCode(error, "data-fetch", "the package did not load: ");
  }
}
