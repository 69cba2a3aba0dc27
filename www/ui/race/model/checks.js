// @ts-check
// Checks of data that may come from anyone: a file, a link, or the browser's storage.

/** @param {unknown} item @returns {item is number} a whole number, 0 included */
export const isCount = item => typeof item === "number" && Number.isSafeInteger(item) && item >= 0;

/** @param {unknown} item @param {number} most letters @returns {item is string} */
export const isText = (item, most) => typeof item === "string" && item.length <= most;

/** @param {unknown} item @returns {item is Record<string, any>} */
export const isObject = item => typeof item === "object" && item !== null && !Array.isArray(item);

/** @param {unknown} isSo @param {string} where @returns {asserts isSo} */
export function need(isSo, where) {
  if (!isSo) throw missing(where);
}

/** @param {string} where */
export const missing = where => new Error(`its “${where}” is missing or invalid`);
