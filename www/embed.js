// @ts-check
// The page about <norm-cube>: each element with its code; first the cube of the link, if there is one.

import { attributesOf, snippetWith } from "./norm-cube.js";

const own = document.querySelector("#own"),
  last = document.querySelector("#last");

/** Milliseconds that a button shows its result. */
const SAID_MILLIS = 2000;

if (own instanceof HTMLElement && location.hash.includes("=")) {
  const cube = document.createElement("norm-cube");
  for (const [name, value] of attributesOf(location.hash)) cube.setAttribute(name, value);
  own.append(cube);
  own.hidden = false;
}

for (const cube of document.querySelectorAll("norm-cube")) {
  const code = document.createElement("pre"),
    copy = document.createElement("button"),
    line = document.createElement("div");
  code.tabIndex = 0;
  code.textContent = snippetWith([...cube.attributes].map(({ name, value }) => [name, value]));
  copy.type = "button";
  copy.textContent = "Copy";
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      copy.textContent = "Copied";
    } catch {
      // Without permission to write to the clipboard, the reader copies by hand.
      getSelection()?.selectAllChildren(code);
      copy.textContent = "Selected: copy it";
    }
    setTimeout(() => {
      copy.textContent = "Copy";
    }, SAID_MILLIS);
  });
  line.className = "snippet";
  line.append(code, copy);
  cube.after(line);
}

document.addEventListener("change", event => {
  if (
    last &&
    event instanceof CustomEvent &&
    event.target instanceof HTMLElement &&
    event.target.localName === "norm-cube"
  )
    last.textContent = event.detail.link;
});
addEventListener("hashchange", () => location.reload());
