// @ts-check
// Copies the link or the code that embeds the cube, and saves the figure as SVG or PNG.

import { byId, html } from "../lib/dom.js";
import { messageOf } from "../lib/format.js";
import { linkTo } from "../lib/link.js";
import { closeOutside } from "../lib/menu.js";
import { copy, save, toast } from "../lib/toast.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../lib/store.js").Store} Store */

/** How long a link waits for an experiment that is being loaded: browsers let a click write to the clipboard for about 5 s. */
const PATIENCE_MILLIS = 3000;

/**
 * @param {Store} store
 * @param {Cube} cube
 */
export function showShare(store, cube) {
  const menu = byId("share", HTMLDetailsElement);
  closeOutside(menu);
  const on = (/** @type {string} */ id, /** @type {(isWhole: boolean) => Promise<void>} */ act) =>
    byId(id, HTMLButtonElement).addEventListener("click", async () => {
      menu.open = false;
      menu.querySelector("summary")?.focus();
      try {
        await act(await store.settled(PATIENCE_MILLIS));
      } catch (error) {
        toast(`That did not work: ${messageOf(error)}.`);
      }
    });
  // The code that writes files is loaded when a file is asked for.
  const draw = async () => {
    const { fileName, pngFile, svgFile } = await import("../cube/figure_file.js"),
      { scene } = store,
      link = linkTo(scene),
      markup = svgFile(cube, scene, link);
    return { name: fileName(scene), markup, png: () => pngFile(markup, scene, link) };
  };
  on("share-link", isWhole =>
    copy(linkTo(store.chosen), "The link", [isWhole ? holds(store.chosen.file) : NO_EXPERIMENT]),
  );
  on("share-embed", async () => {
    const { snippetOf } = await import("../../norm-cube.js"),
      link = linkTo(store.chosen);
    const more = html("a", { href: `embed.html${new URL(link).hash}` }, "See it live");
    const whose = store.chosen.file
      ? `it has the shape of ${store.chosen.file}, but not its values`
      : "it shows this cube on any page";
    await copy(snippetOf(link), "The code", [`${whose}. `, more]);
  });
  on("share-svg", async () => {
    const { name, markup } = await draw();
    save(new Blob([markup], { type: "image/svg+xml" }), `${name}.svg`);
  });
  on("share-png", async () => {
    const { name, png } = await draw();
    save(await png(), `${name}.png`);
  });
}

const NO_EXPERIMENT = "it holds the cube, but not the experiment, which is not loaded yet.";

/** What a link contains. @param {string | undefined} file whose values it cannot hold */
const holds = file =>
  file
    ? `it holds everything you chose except the values of ${file}: whoever opens it sees the sample in that shape until they drop the file.`
    : "it holds everything you chose.";
