// @ts-check
// Watches the page start, since the modules that would report a failure may be what fails: says which file is missing, reloads
// once for a newer version, and shows progress while the network is slow. A classic script, which runs before the modules.
{
  const root = document.documentElement,
    /** Where a tab remembers the file for which it reloaded. */
    LOST = "blue-cube lost",
    LOOK_MILLIS = 500,
    PATIENCE_MILLIS = 1000,
    STALL_MILLIS = 30_000;

  const FROM_FILE =
    "This page was opened as a file, and from files browsers load no modules. Serve its folder (cargo xtask play, or python3 -m http.server), or open blue-cube.html, which is a single file.";

  let hasFailed = false;

  const remembered = () => {
    try {
      return sessionStorage.getItem(LOST);
    } catch {
      // Storage may be forbidden: the reader reloads, then.
      return "";
    }
  };
  const before = remembered();
  if (before) root.dataset.reloadedFor = before;

  /** @param {string} id @param {string} words @param {boolean} [offersReload] */
  const say = (id, words, offersReload = false) => {
    const place = document.getElementById(id),
      line = document.createElement("div"),
      text = document.createElement("span");
    if (!place) return;
    hush(id);
    line.className = "message";
    line.dataset.key = "start";
    text.className = "said";
    text.textContent = words;
    line.append(text);
    if (offersReload) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Reload";
      button.addEventListener("click", () => location.reload());
      line.append(button);
    }
    place.append(line);
    place.hidden = false;
  };

  const hush = (/** @type {string} */ id) => {
    const place = document.getElementById(id);
    place?.querySelector("[data-key=start]")?.remove();
    if (place) place.hidden = !place.childElementCount;
  };

  /** A file without which the page does not work did not load. @param {string} file */
  const lose = async file => {
    if (hasFailed || "ready" in root.dataset) return;
    hasFailed = true;
    const isFile = location.protocol === "file:";
    // A deploy may have replaced the file: the server's own page names the new one. Once, and only if the server has a page:
    // without a network, a reload could lose what is shown.
    if (!isFile && before === null && (await hasPage())) {
      sessionStorage.setItem(LOST, file);
      return location.reload();
    }
    const words = isFile
      ? FROM_FILE
      : `⚠ ${file} did not load, so the page cannot start. Check the connection, then reload.`;
    const show = () => say("failure", words, !isFile);
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", show);
    else show();
  };

  const hasPage = () =>
    fetch(location.pathname, { cache: "no-store" }).then(
      ({ ok }) => ok,
      () => false,
    );

  const fileOf = (/** @type {string} */ url) => url.replace(/^.*\//, "");

  /** The address of a file that the server did not have: an event names only the script that asked for it. */
  const missing = () =>
    /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource")).find(
      ({ responseStatus }) => responseStatus >= 400,
    )?.name;

  // Caught on the way down: an element's failure to load does not bubble.
  addEventListener(
    "error",
    event => {
      const { target } = event;
      const url =
        target instanceof HTMLScriptElement
          ? target.src
          : target instanceof HTMLLinkElement && target.rel === "stylesheet" && target.href;
      if (url) void lose(fileOf(missing() ?? url));
      // A module that does not fit the others, or that this browser cannot read.
      else if (target === window && !("begun" in root.dataset)) void lose(`A script (${event.message})`);
    },
    true,
  );

  let words = "",
    since = 0;
  const watch = setInterval(() => {
    const isReady = "ready" in root.dataset,
      now = performance.now();
    if (isReady || hasFailed || "failed" in root.dataset) {
      clearInterval(watch);
      hush("notice");
      if (isReady && before) sessionStorage.removeItem(LOST);
      return;
    }
    if (now < PATIENCE_MILLIS) return;
    const next = root.dataset.loading ?? `${performance.getEntriesByType("resource").length} files so far`;
    if (next !== words) [words, since] = [next, now];
    const isStalled = now - since > STALL_MILLIS;
    say(
      "notice",
      `Loading the page: ${words}.${isStalled ? " The network does not answer." : ""}`,
      isStalled,
    );
  }, LOOK_MILLIS);
}
