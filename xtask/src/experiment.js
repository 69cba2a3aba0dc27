// Looks at an experiment's race in the page, starts it when it is paused, and says yes to a long one. Answers
// `{ clock, isDone, said, columns, rows, reported, claims }`: `columns` and `rows` are those of the race's table, `reported`
// those of "reported and measured here"; of each claim, "true", "false" or "" and its words.
const find = selector => document.querySelector(selector);
const texts = selector =>
  [...document.querySelectorAll(selector)].map(row => [...row.children].map(cell => cell.textContent.trim()));
const isShown = element => Boolean(element?.checkVisibility());
const clock = find("#race-clock")?.textContent ?? "";
const play = find("#race-play");
const isDone = clock.includes("done");
const longer = find("#race-run-it");
// Ready once what the experiment reproduces is told: its lanes are then those of the race.
if ("ready" in (find("#race")?.dataset ?? {}) && isShown(find("#race-experiment"))) {
  if (isShown(longer)) longer.click();
  else if (clock.startsWith("Not started yet") && play.dataset.running === "false") play.click();
  const table = find("#race-as-table");
  if (table?.getAttribute("aria-expanded") === "false") {
    table.scrollIntoView({ block: "center", behavior: "instant" });
    table.click();
  }
}
return {
  clock,
  isDone,
  said: [...document.querySelectorAll("[role=alert]")]
    .filter(isShown)
    .map(element => element.textContent.trim()),
  columns: texts(".race-rows thead tr")[0] ?? [],
  rows: texts(".race-rows tbody tr"),
  reported: texts("#race-experiment tbody tr"),
  claims: [...document.querySelectorAll("#race-claims li")].map(item => [
    item.dataset.holds,
    // Without its sign.
    item.textContent.replace(/^\S\s+/, ""),
  ]),
};
