// The loader of blue-cube.html, the page as one file: unpacks what the file holds, and gives the browser each script, side of
// the wasm and data file under an address of its own.
(async () => {
  /** Gives addresses to files, each its path, type and content. A worker of a page without an origin may load nothing but what the address itself holds. */
  const place = (files, isWorker) => {
    const known = new Map(files.map(file => [file[0], file])),
      urls = new Map();
    const urlOf = path => {
      if (urls.has(path)) return urls.get(path);
      const [, type, content] = known.get(path),
        isScript = typeof content === "string",
        named = (_, path) => JSON.stringify(urlOf(path));
      const body = isScript ? content.replace(/"blue-cube:([^"]+)"/g, named) : content;
      const data = () => (isScript ? `,${encodeURIComponent(body)}` : `;base64,${coded(body)}`),
        url = isWorker ? `data:${type}${data()}` : URL.createObjectURL(new Blob([body], { type }));
      urls.set(path, url);
      return url;
    };
    const coded = bytes => {
      let letters = "";
      for (let at = 0; at < bytes.length; at += 4096)
        letters += String.fromCharCode(...bytes.subarray(at, at + 4096));
      return btoa(letters);
    };
    return urlOf;
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
    return [path, type, type === "text/javascript" ? text.decode(content) : content];
  });
  const urlOf = place(files, false),
    main = urlOf("main.js"),
    paths = new Map(files.map(([path]) => [urlOf(path), path]));

  // A page that is a file has an origin that no worker shares, so that a worker can load none of the page's addresses: it gets
  // the files, makes its own, and meanwhile holds the messages for its module.
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
          import(place(files, true)(path)).then(() => {
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
  await import(main);
})().catch(error => {
  document.documentElement.dataset.failed = "";
  const place = document.getElementById("failure");
  // The page's own words come first.
  if (place.childElementCount) return;
  place.textContent = `⚠ This file could not start: ${error}. It needs a browser from 2023 or later.`;
  place.hidden = false;
});
