// For the end-to-end tests: put in front of a script that loads WebAssembly, so that the instance with a certain export panics
// when the tests say so: at its next call it prints what Rust prints and traps, and afterwards it refuses every call, as after
// an object was left half changed. The tests name the export on the channel "panic"; `busy` milliseconds keep the thread
// busy instead.
{
  // (module (func (export "f") unreachable))
  const TRAP = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0];
  TRAP.push(10, 5, 1, 3, 0, 0, 11);
  const trap = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(TRAP))).exports.f,
    { instantiateStreaming } = WebAssembly;
  const doomed = new Set(),
    dead = new Set();
  new BroadcastChannel("panic").onmessage = ({ data: { name, busy } }) => {
    doomed.add(name);
    const start = performance.now();
    while (performance.now() - start < (busy ?? 0));
  };
  WebAssembly.instantiateStreaming = async (...all) => {
    const { instance, module } = await instantiateStreaming.apply(WebAssembly, all);
    const names = Object.keys(instance.exports);
    const mortal = (name, of) => {
      if (typeof of !== "function") return [name, of];
      const call = (...given) => {
        if (dead.has(instance))
          throw new Error("recursive use of an object detected which would lead to unsafe aliasing in rust");
        if (!names.some(name => doomed.has(name))) return of(...given);
        dead.add(instance);
        const { stack } = new Error();
        console.error(`panicked at src/made/by/a_test.rs:1:1:\nonly in this test\n\nStack:\n\n${stack}\n\n`);
        return trap();
      };
      return [name, call];
    };
    const exports = Object.fromEntries(
      Object.entries(instance.exports).map(([name, of]) => mortal(name, of)),
    );
    return { instance: { exports }, module };
  };
}
