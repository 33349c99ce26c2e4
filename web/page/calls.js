// Calls from the page to a worker, and what a worker tells the page by itself.

/** Starts a worker, and gives a function that calls one of its functions by name. */
export function remote(heard) {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const waiting = [];
  const failed = (message) => waiting.splice(0).forEach(({ reject }) => reject(new Error(message)));
  worker.onerror = (event) => failed(`The worker did not start: ${event.message ?? "its files are missing"}.`);
  worker.onmessage = ({ data }) => {
    if (data.event) return heard[data.event](data.detail);
    const { resolve, reject } = waiting.shift();
    if (data.error === undefined) resolve(data.result);
    else reject(new Error(data.error));
  };
  return (name, ...args) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage({ name, args });
    });
}

/** In a worker: answers calls one after the other, once it is ready. */
export function answer(functions, ready) {
  let last = ready;
  // A worker that does not get ready says so in each answer.
  ready.catch(() => {});
  self.onmessage = ({ data: { name, args } }) => {
    last = last
      .catch(() => {})
      .then(() => ready)
      .then(() => functions[name](...args))
      .then(
        (result) => self.postMessage({ result }),
        (error) => self.postMessage({ error: error.message }),
      );
  };
}

/** In a worker: tells the page something. */
export function tell(event, detail) {
  self.postMessage({ event, detail });
}

/** Makes work that runs once at a time: of what is asked meanwhile, the newest comes next. It ends once nothing is asked any more. */
export function newest(work, failed) {
  let asked = null;
  let running = null;
  const run = async () => {
    while (asked) {
      const now = asked;
      asked = null;
      await work(...now).catch(failed);
    }
    running = null;
  };
  return (...args) => {
    asked = args;
    running ??= run();
    return running;
  };
}
