// @ts-check
// Keeps the page for use without a network, and offers a new version when one has come. Nothing reloads by itself.
//
// Only a page that was built for a host has a build, and with it a service worker (sw.js); in development, as one file and in
// another page's frame there is none.

import { tell } from "../lib/messages.js";
import { toast } from "../lib/toast.js";

/** Milliseconds between two looks for a new version while the page is open. */
const LOOK_MILLIS = 30 * 60_000;

/** Milliseconds after the start before the rest is stored, if the browser does not say when it is idle. */
const IDLE_MILLIS = 3000;

export function keepOffline() {
  const { build, reloadedFor } = document.documentElement.dataset,
    { serviceWorker } = navigator;
  // Said by ui/shell/start.js.
  if (reloadedFor) toast(`The page was reloaded, because ${reloadedFor} did not load.`);
  if (!build || !serviceWorker || parent !== window) return;
  void start(serviceWorker).catch(error => console.info(`The page is not kept for use offline: ${error}`));
}

/** @param {ServiceWorkerContainer} serviceWorker */
async function start(serviceWorker) {
  const isUpdate = Boolean(serviceWorker.controller);
  let isTaken = false;
  const registration = await serviceWorker.register("sw.js", { updateViaCache: "none" });
  const offer = (/** @type {() => void} */ act) =>
    tell(
      "notice",
      {
        code: "bad-message",
        message: "a new version of the page is ready",
        hint: "Reloading keeps what the page shows; a running race is saved and can be resumed.",
      },
      { key: "version", act: { words: "Reload", act } },
    );
  const take = () => {
    isTaken = true;
    // Another page may have let it take over meanwhile.
    if (registration.waiting) registration.waiting.postMessage("take over");
    else location.reload();
  };
  serviceWorker.addEventListener("controllerchange", () => {
    if (isTaken) location.reload();
    else if (isUpdate) offer(() => location.reload());
  });
  const follow = () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && registration.active) offer(take);
    });
  };
  registration.addEventListener("updatefound", follow);
  follow();
  if (registration.waiting && registration.active) offer(take);
  setInterval(() => void registration.update().catch(() => {}), LOOK_MILLIS);
  await serviceWorker.ready;
  storeTheRest(registration);
}

/** Stores the parts that were not needed yet, unless the reader saves data. @param {ServiceWorkerRegistration} registration */
function storeTheRest(registration) {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  if (connection?.saveData) return;
  const store = () => registration.active?.postMessage("store the rest");
  if ("requestIdleCallback" in globalThis) requestIdleCallback(store, { timeout: IDLE_MILLIS });
  else setTimeout(store, IDLE_MILLIS);
}
