// @ts-check
// Recognizes errors after which WebAssembly cannot be called any more, and the text of a panic, which Rust prints before it
// traps.

/** How Rust’s text of a panic begins. */
const PANIC = /^panicked at /;

/** What a call says if an earlier panic left an object half changed. */
const POISONED =
  /recursive use of an object|null pointer passed to rust|attempted to take ownership|already borrowed/i;

/** Hears what Rust prints when it panics. @param {(text: string, stack: string) => void} onPanic */
export function hearPanics(onPanic) {
  const print = console.error;
  console.error = (...all) => {
    print(...all);
    const [text] = all;
    if (typeof text !== "string" || !PANIC.test(text)) return;
    // After an empty line comes the stack.
    const [what, ...stack] = text.split(/\n\s*\n/);
    onPanic(what.trim(), stack.join("\n"));
  };
}

/** Whether it follows from an earlier panic. @param {unknown} error */
export const isPoisoned = error => error instanceof Error && POISONED.test(error.message);

/** Whether WebAssembly ended with this error, or had ended before. @param {unknown} error */
export const isFatal = error =>
  isPoisoned(error) || (typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError);
