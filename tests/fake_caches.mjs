// A browser's caches for Node, with as little room as a test wants; and random numbers from a seed.

export class FakeCaches {
  /** @type {Map<string, FakeCache>} */
  all = new Map();
  left;

  /** @param {{ mostBytes?: number }} [room] */
  constructor({ mostBytes = Infinity } = {}) {
    this.left = mostBytes;
  }

  async open(/** @type {string} */ name) {
    const found = this.all.get(name) ?? new FakeCache(this);
    this.all.set(name, found);
    return found;
  }

  keys = async () => [...this.all.keys()];
  delete = async (/** @type {string} */ name) => this.all.delete(name);
}

export class FakeCache {
  /** @type {Map<string, { body: Uint8Array, headers: [string, string][] }>} */
  entries = new Map();
  room;

  /** @param {FakeCaches} room */
  constructor(room) {
    this.room = room;
  }

  keys = async () => [...this.entries.keys()].map(url => ({ url }));
  delete = async (/** @type {string} */ url) => this.entries.delete(url);

  async match(/** @type {string} */ url) {
    const found = this.entries.get(url);
    return found && new Response(found.body, { headers: found.headers });
  }

  async put(/** @type {string} */ url, /** @type {Response} */ response) {
    const body = new Uint8Array(await response.arrayBuffer());
    if (body.length > this.room.left) throw new DOMException("no room", "QuotaExceededError");
    this.room.left -= body.length;
    this.entries.set(url, { body, headers: [...response.headers] });
  }
}

/** Numbers from 0 to 1: the mulberry32 generator. @param {number} seed */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
