// Runs in the page: opens files of 2²⁴ values, and turns the dials, changes the method and the shape of such a tensor. Answers
// `{ ok }` with the longest task of the main thread in each, in milliseconds, or `{ error }`. Tasks below 50 ms count as 0.
const done = arguments[arguments.length - 1],
  SIDE = 4096,
  N_STEPS = 12;
const pause = millis => new Promise(resolve => setTimeout(resolve, millis));
const byId = id => document.getElementById(id);

/** Waits until the cube shows a tensor and everything has come to rest. */
async function until(words) {
  const isThere = () => document.querySelector(".tensor-line").textContent.includes(words);
  for (let tries = 0; !isThere(); tries++) {
    if (tries > 1200)
      throw new Error(`${words} is not shown: ${document.querySelector(".tensor").textContent}`);
    await pause(50);
  }
  await rest();
}

async function rest() {
  do await pause(600);
  while (byId("cube-canvas").hasAttribute("aria-busy"));
}

const tasks = [];

/** The longest task in which `act` and what follows from it are done. */
async function longest(act) {
  await rest();
  tasks.length = 0;
  await act();
  await rest();
  return Math.max(0, ...tasks.map(({ duration }) => duration));
}

/** A file of 2²⁴ values as NumPy writes it, with some spread. */
function arrayFile() {
  const head = `\x93NUMPY\x01\x00v\x00${`{'descr': '<f4', 'fortran_order': False, 'shape': (${SIDE}, ${SIDE}, 1, 1), }`.padEnd(117)}\n`;
  const values = new Float32Array(SIDE * SIDE);
  for (let at = 0, seed = 7; at < values.length; at++)
    values[at] = (seed = (seed * 16807) % 2147483647) / 2147483647 + (at % 7) / 10;
  return new File([Uint8Array.from(head, letter => letter.charCodeAt(0)), values], "large.npy");
}

/** An image of 2²⁴ pixels. */
async function imageFile() {
  const canvas = new OffscreenCanvas(SIDE, SIDE),
    brush = canvas.getContext("2d"),
    shade = brush.createLinearGradient(0, 0, SIDE, SIDE);
  shade.addColorStop(0, "#111");
  shade.addColorStop(1, "#eee");
  brush.fillStyle = shade;
  brush.fillRect(0, 0, SIDE, SIDE);
  return new File([await canvas.convertToBlob()], "large.png", { type: "image/png" });
}

function open(file) {
  const input = document.querySelector(".tensor input[type=file]"),
    given = new DataTransfer();
  given.items.add(file);
  input.files = given.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Turns a dial up in steps, and lets go of it. */
async function turn(id) {
  const dial = byId(id),
    [least, most] = [dial.min, dial.max].map(Number);
  for (let step = 1; step <= N_STEPS; step++) {
    dial.value = String((least + most) / 2 + (step / N_STEPS / 4) * (most - least));
    dial.dispatchEvent(new Event("input", { bubbles: true }));
    await pause(40);
  }
  dial.dispatchEvent(new Event("change", { bubbles: true }));
}

async function measure() {
  while (!performance.getEntriesByName("ready").length) await pause(20);
  const files = { array: arrayFile(), image: await imageFile() };
  new PerformanceObserver(list => tasks.push(...list.getEntries())).observe({ type: "longtask" });
  await pause(1000);
  const found = {};
  found.imageTaskMillis = await longest(async () => {
    open(files.image);
    await until("large.png");
  });
  found.arrayTaskMillis = await longest(async () => {
    open(files.array);
    await until("large.npy");
  });
  found.dialTaskMillis = await longest(async () => {
    await turn("dial-contrast");
    await turn("dial-brightness");
  });
  found.methodTaskMillis = 0;
  for (const name of ["batch", "layer", "switchable"]) {
    const choose = () => document.querySelector(`#norm input[value=${name}]`).click();
    found.methodTaskMillis = Math.max(found.methodTaskMillis, await longest(choose));
  }
  found.shapeTaskMillis = await longest(async () => {
    location.hash = "#v=1&shape=64,16,112,112";
    await until("64×16×112×112");
  });
  return found;
}

measure().then(
  ok => done({ ok }),
  error => done({ error: String(error) }),
);
