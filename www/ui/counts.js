// @ts-check
// Counts and names as text.

/** A count with thin spaces between thousands. @param {number} count */
export const spaced = count => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** "a.png, b.png and c.png were" @param {File[]} files */
export function were(files) {
  const names = files.map(({ name }) => name), last = names.pop() ?? "";
  return names.length ? `${names.join(", ")} and ${last} were` : `${last} was`;
}
