// The loader of blue-cube.html, the page as one file: unpacks what the file holds, and gives the browser each script, side of
// the wasm and data file under an address of its own. Files come in an order in which each follows those that it names.
(async () => {
  /** Addresses by path of files, each its path, type and content. */
  const place = files => {
    const urls = new Map(),
      named = (_, path) => JSON.stringify(urls.get(path));
    for (const [path, type, content] of files) {
      const body = typeof content === "string" ? content.replace(/"blue-cube:([^"]+)"/g, named) : content;
      urls.set(path, URL.createObjectURL(new Blob([body], { type })));
    }
    return urls;
  };

  const packed = document.getElementById("files").textContent.trim();
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0)),
    stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
    all = new Uint8Array(await new Response(stream).arrayBuffer()),
    end = all.indexOf(10),
    text = new TextDecoder();
  let at = end + 1;
  const files = JSON.parse(text.decode(all.subarray(0, end))).map(([path, type, length]) => {
    const content = all.subarray(at, (at += length));
    return [path, type, type === "text/javascript" ? text.decode(content) : new Blob([content])];
  });
  const urls = place(files),
    paths = new Map([...urls].map(([path, url]) => [url, path]));

  // A page that is a file has an origin that no worker shares, so that it can load none of the page's addresses: it gets the
  // files, makes its own, and meanwhile holds the messages for its module.
  const boot = URL.createObjectURL(
    new Blob(
      [
        `const place = ${place}, held = [];
        let isBegun = false;
        const hold = event => {
          event.stopImmediatePropagation();
          if (isBegun) return held.push(event.data);
          isBegun = true;
          const [path, files] = event.data;
          import(place(files).get(path)).then(() => {
            removeEventListener("message", hold);
            for (const data of held) dispatchEvent(new MessageEvent("message", { data }));
          }, reportError);
        };
        addEventListener("message", hold);`,
      ],
      { type: "text/javascript" },
    ),
  );
  globalThis.Worker = class extends Worker {
    constructor(url) {
      super(boot);
      this.postMessage([paths.get(String(url)), files]);
    }
  };
  await import(urls.get("main.js"));
})().catch(error => {
  document.documentElement.dataset.failed = "";
  const place = document.getElementById("failure");
  // The page's own words come first.
  if (place.childElementCount) return;
  place.textContent = `⚠ This file could not start: ${error}. It needs a browser from 2023 or later.`;
  place.hidden = false;
});
