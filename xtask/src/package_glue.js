/* global initSync, __wbg_init */
// Written by `cargo xtask build`: errors of the package have a code, whatever is passed or went wrong.

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

/** The exports of the wasm; whatever they throw has a code. */
function withCodes(exports) {
  const checked =
    of =>
    (...all) => {
      try {
        return of(...all);
      } catch (error) {
        throw withCode(error, "bad-message", "this is a bug in the package, which has to be loaded anew: ");
      }
    };
  const entries = Object.entries(exports);
  return Object.fromEntries(entries.map(([name, of]) => [name, typeof of === "function" ? checked(of) : of]));
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
