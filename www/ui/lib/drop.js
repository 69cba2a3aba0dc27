// @ts-check
// Files dropped anywhere on the page, or pasted.

import { html } from "./dom.js";

/** @type {{ wants: (files: File[], target: EventTarget | null) => boolean, take: (files: File[]) => void }[]} */
const first = [];

/**
 * Lets a part of the page claim files before they are read as tensors.
 * @param {(files: File[], target: EventTarget | null) => boolean} wants whether it claims these files, dropped or pasted there
 * @param {(files: File[]) => void} take
 */
export function takeFirst(wants, take) {
  first.push({ wants, take });
}

/** @param {(files: File[]) => void} takeAny */
export function listenToDrops(takeAny) {
  const take = (/** @type {File[]} */ files, /** @type {EventTarget | null} */ target) =>
    (first.find(({ wants }) => wants(files, target))?.take ?? takeAny)(files);
  const cover = html(
    "div",
    "drop",
    html(
      "p",
      "",
      html("b", "", "Drop it here to view it"),
      html(
        "span",
        "",
        "Arrays (.npy, .npz, .safetensors, IDX) or images of one size. They stay on this page.",
      ),
    ),
  );
  cover.hidden = true;
  document.body.append(cover);
  /** Elements that the drag has entered and not left: leaving the last means leaving the page. */
  let depth = 0;
  const holdsFiles = (/** @type {DragEvent} */ event) => !!event.dataTransfer?.types.includes("Files");
  const end = () => {
    depth = 0;
    cover.hidden = true;
  };
  document.addEventListener("dragenter", event => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth++;
    cover.hidden = false;
  });
  document.addEventListener("dragover", event => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("dragleave", event => {
    if (holdsFiles(event) && --depth <= 0) end();
  });
  // While files are dragged no pointer moves: the drag is over, and an element that went away under it has not said so.
  document.addEventListener("pointermove", () => {
    if (!cover.hidden) end();
  });
  document.addEventListener("drop", event => {
    end();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (files.length) take(files, event.target);
  });
  document.addEventListener("paste", event => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files, event.target);
  });
}
