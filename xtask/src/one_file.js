// The loader of blue-cube.html, the page as one file: unpacks what the file holds, and gives the browser each script, side of
// the wasm and data file under an address of its own. Files come in an order in which each follows those that it names.
(async () => {
  const packed = document.getElementById("files").textContent.trim();
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0)),
    stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
    all = new Uint8Array(await new Response(stream).arrayBuffer()),
    end = all.indexOf(10),
    text = new TextDecoder(),
    urls = new Map();
  let at = end + 1;
  for (const [path, type, length] of JSON.parse(text.decode(all.subarray(0, end)))) {
    const part = all.subarray(at, (at += length)),
      isScript = type === "text/javascript";
    const named = (_, path) => JSON.stringify(urls.get(path));
    const body = isScript ? text.decode(part).replace(/"blue-cube:([^"]+)"/g, named) : part;
    urls.set(path, URL.createObjectURL(new Blob([body], { type })));
  }
  await import(urls.get("main.js"));
})().catch(error => {
  document.documentElement.dataset.failed = "";
  const place = document.getElementById("failure");
  // The page's own words come first.
  if (place.childElementCount) return;
  place.textContent = `⚠ This file could not start: ${error}. It needs a browser from 2023 or later.`;
  place.hidden = false;
});
