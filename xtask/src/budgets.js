// Runs in the page: measures its weight and start, the cost of a hover and a poke, and whether it is idle. Answers
// `{ ok }` or `{ error }`. Times of work are of the main thread: the handlers and the frame that follows; the wait for
// the frame is the screen's.
const done = arguments[arguments.length - 1],
  N_INPUTS = 60;
const pause = millis => new Promise(resolve => setTimeout(resolve, millis));
const p95 = times => times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)];

/** Frames of the cube so far. */
const framesNow = () => Number(document.querySelector("#cube-canvas").dataset.frames);

/** Bytes of a file, gzipped. */
async function weigh(url) {
  const { body } = await fetch(url);
  return (await new Response(body.pipeThrough(new CompressionStream("gzip"))).arrayBuffer()).byteLength;
}

async function weighAll(entries) {
  let sum = await weigh(location.pathname);
  for (const { name } of entries) sum += await weigh(name);
  return sum;
}

/** Milliseconds of main-thread work that an input causes, until its frame is painted. */
function work(input) {
  return new Promise(resolve => {
    let start = 0;
    requestAnimationFrame(() => {
      start = performance.now();
    });
    const before = performance.now();
    input();
    const handled = performance.now() - before;
    requestAnimationFrame(() => resolve(handled + performance.now() - start));
  });
}

/** The slowest twentieth of pointer moves over the cube that highlight another cell. */
async function hover() {
  const canvas = document.querySelector("#cube"),
    times = [];
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let tries = 0; times.length < N_INPUTS && tries < N_INPUTS * 10; tries++) {
    const box = canvas.getBoundingClientRect(),
      frames = framesNow();
    const at = {
      clientX: box.x + box.width * (0.25 + 0.5 * random()),
      clientY: box.y + box.height * (0.25 + 0.5 * random()),
    };
    const time = await work(() =>
      canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, ...at })),
    );
    if (framesNow() !== frames) times.push(time);
  }
  if (times.length < N_INPUTS) throw new Error(`${times.length} of ${N_INPUTS} moves lit anything`);
  return p95(times);
}

/** The slowest twentieth of steps of a poked value. */
async function poke() {
  const grid = document.querySelector("#cursor"),
    times = [];
  const press = key =>
    grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  press("Enter");
  for (let i = 0; i < N_INPUTS; i++)
    times.push(await work(() => press(i % 20 < 10 ? "ArrowUp" : "ArrowDown")));
  press("Escape");
  return p95(times);
}

async function measure() {
  while (!performance.getEntriesByName("ready").length) await pause(20);
  const [{ startTime: ready }] = performance.getEntriesByName("ready");
  const loaded = performance.getEntriesByType("resource").filter(({ startTime }) => startTime <= ready);
  const blocking = loaded.filter(({ renderBlockingStatus }) => renderBlockingStatus === "blocking");
  const bytes = { firstPaint: await weighAll(blocking), ready: await weighAll(loaded) };
  const tasks = [];
  const observer = new PerformanceObserver(list => tasks.push(...list.getEntries()));
  observer.observe({ type: "longtask", buffered: true });
  await pause(1000);
  const starting = Math.max(0, ...tasks.splice(0).map(({ duration }) => duration));
  const times = { hover: await hover(), poke: await poke() };
  await pause(1000);
  const frames = framesNow();
  await pause(1000);
  const paints = performance.getEntriesByName("first-contentful-paint");
  return {
    firstPaintMillis: paints[0]?.startTime ?? null,
    readyMillis: ready,
    firstPaintBytes: bytes.firstPaint,
    readyBytes: bytes.ready,
    hoverMillis: times.hover,
    pokeMillis: times.poke,
    startTaskMillis: starting,
    longestTaskMillis: Math.max(0, ...tasks.map(({ duration }) => duration)),
    framesAtRest: framesNow() - frames,
  };
}

measure().then(
  ok => done({ ok }),
  error => done({ error: String(error) }),
);
