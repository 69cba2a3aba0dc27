// @ts-check
// The browser's storage in Node, as far as www/ui/race/model/storage.js uses it: two stores, transactions that are complete or not
// at all, keys that are texts or arrays of them.

/** Stores by name, and their entries by key as JSON. @type {Map<string, Map<string, any>>} */
const stores = new Map();

/** What the storage does: the error that every writing transaction ends with, if any, and whether transactions end at all. */
export const disk = { /** @type {Error | undefined} */ refuses: undefined, isSilent: false, stores };

/** @param {any} request @param {any} result */
const succeed = (request, result) =>
  queueMicrotask(() => {
    request.result = result;
    request.onsuccess?.();
  });

class Store {
  /** @param {Map<string, any>} entries */
  constructor(entries) {
    this.entries = entries;
  }

  get(key) {
    return { result: structuredClone(this.entries.get(JSON.stringify(key))) };
  }

  getAll() {
    return { result: [...this.entries.values()].map(value => structuredClone(value)) };
  }

  getAllKeys(range) {
    return { result: this.#in(range).map(key => JSON.parse(key)) };
  }

  put(value, key) {
    this.entries.set(JSON.stringify(key), structuredClone(value));
    return { result: key };
  }

  delete(key) {
    for (const one of key?.of ? this.#in(key) : [JSON.stringify(key)]) this.entries.delete(one);
    return { result: undefined };
  }

  #in(range) {
    return [...this.entries.keys()].filter(key => !range || JSON.parse(key)[0] === range.of);
  }
}

class Base {
  objectStoreNames = { contains: name => stores.has(name) };

  createObjectStore(name) {
    stores.set(name, new Map());
  }

  deleteObjectStore(name) {
    stores.delete(name);
  }

  transaction(names, mode) {
    /** @type {any} */
    const transaction = { error: null };
    const copies = new Map(names.map(name => [name, new Map(stores.get(name))]));
    transaction.objectStore = name => new Store(copies.get(name));
    setTimeout(() => {
      if (disk.isSilent) return;
      if (disk.refuses && mode === "readwrite") {
        transaction.error = disk.refuses;
        return transaction.onabort();
      }
      for (const [name, entries] of mode === "readwrite" ? copies : []) stores.set(name, entries);
      transaction.oncomplete();
    });
    return transaction;
  }
}

Object.assign(globalThis, {
  IDBKeyRange: { bound: ([of]) => ({ of }) },
  indexedDB: {
    open() {
      /** @type {any} */
      const request = { result: new Base() };
      queueMicrotask(() => {
        if (!stores.size) request.onupgradeneeded();
        succeed(request, request.result);
      });
      return request;
    },
  },
});
