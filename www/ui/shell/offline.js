// @ts-check
// Keeps the page for use without a network, and offers a new version when one has come. Nothing reloads by itself.
//
// Only a page that was built for a host has a build, and with it a service worker (sw.js); in development, as one file and in
// another page's frame there is none.

import { tell } from "../lib/messages.js";
import { toast } from "../lib/toast.js";

/** Milliseconds between two looks for a new version while the page is open. */
const LOOK_MILLIS = 30 * 60_000;

/** Where a tab remembers that the reader has asked for a new version, and the build that it had then. */
const TAKING = "blue-cube taking";

/** Milliseconds that a new version may take to take over before the page is reloaded for it. */
const TAKING_MILLIS = 2000;

/** Milliseconds after the start before the rest is stored, if the browser does not say when it is idle. */
const IDLE_MILLIS = 3000;

export function keepOffline() {
  const { build, reloadedFor } = document.documentElement.dataset;
  // Said by ui/shell/start.js.
  if (reloadedFor) toast(`The page was reloaded, because ${reloadedFor} did not load.`);
  if (!build || parent !== window || !("serviceWorker" in navigator)) return;
  void start(build).catch(error => console.info(`The page is not kept for use offline: ${error}`));
}

/** @param {string} build the page's own */
async function start(build) {
  // Throws where a sandbox or a reader's settings deny it.
  const { serviceWorker } = navigator;
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
    if (!registration.waiting) return location.reload();
    registration.waiting.postMessage("take over");
    // The browser may find the old one still busy with this page, and then waits for the page to go.
    setTimeout(() => {
      tabStore("setItem", TAKING, build);
      location.reload();
    }, TAKING_MILLIS);
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
  const isTaking = tabStore("getItem", TAKING) === build;
  tabStore("removeItem", TAKING);
  if (isTaking) {
    // The reader has asked for the new version already, and this is the old one again.
    isTaken = true;
    if (registration.waiting) registration.waiting.postMessage("take over");
    else if ((await buildOf(serviceWorker.controller)) !== build) location.reload();
  } else if (registration.waiting && registration.active) offer(take);
  setInterval(() => void registration.update().catch(() => {}), LOOK_MILLIS);
  await serviceWorker.ready;
  storeTheRest(registration);
}

/**
 * Uses what the tab remembers, if it may remember anything.
 * @param {"getItem" | "setItem" | "removeItem"} method
 * @param {[key: string, value?: any]} args
 */
function tabStore(method, ...args) {
  try {
    return sessionStorage[method](.../** @type {[string, string]} */ (args));
  } catch {
    return null;
  }
}

/** The build of a service worker. @param {ServiceWorker | null} worker @returns {Promise<string | undefined>} */
const buildOf = worker =>
  new Promise(resolve => {
    if (!worker) return resolve(undefined);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("which build", [port2]);
  });

/** Stores the parts that were not needed yet, unless the reader saves data. @param {ServiceWorkerRegistration} registration */
function storeTheRest(registration) {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  if (connection?.saveData) return;
  const store = () => registration.active?.postMessage("store the rest");
  if ("requestIdleCallback" in globalThis) requestIdleCallback(store, { timeout: IDLE_MILLIS });
  else setTimeout(store, IDLE_MILLIS);
}
