// Times wgrad and TensorFlow.js in turn in one browser, and prints a table.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { cpus } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const WEB = join(HERE, "../../web");
const NODE = join(WEB, "target/node");
const FOLDERS = { "/wgrad/": join(WEB, "dist"), "/node_modules/": NODE, "/": HERE };
const TYPES = { ".js": "text/javascript", ".html": "text/html", ".wasm": "application/wasm" };
const FLAGS = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];
const EPOCHS = 2;
const { default: puppeteer } = createRequire(join(NODE, "package.json"))("puppeteer-core");

/** The sides that are held against each other: the module, the backend's name in it. */
const PAIRS = {
  WebGPU: [["wgrad", "gpu"], ["tensorflow", "webgpu"]],
  "one thread": [["wgrad", "cpu"], ["tensorflow", "wasm"]],
};

async function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>bench</title>");
    const folder = Object.keys(FOLDERS).find((start) => path.startsWith(start));
    const body = await readFile(join(FOLDERS[folder], path)).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

/** Times one workload in a page of its own. */
async function time(browser, address, module, workload, backend) {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    return await page.evaluate(
      async (module, ...what) => (await import(`/${module}.js`)).time(...what),
      module, workload, backend, EPOCHS,
    );
  } catch (error) {
    return { why: error.message.split("\n")[0] };
  } finally {
    await page.close();
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

function row(workload, place, [own, other]) {
  const [ours, theirs] = [own, other].map((runs) => runs.filter((run) => run.micros).map((run) => run.micros));
  const shown = (times, runs) => (times.length ? `${median(times).toFixed(0)}` : runs[0].why);
  const share = ours.length && theirs.length ? `${(median(ours) / median(theirs)).toFixed(2)}` : "";
  return `| ${workload} | ${place} | ${shown(ours, own)} | ${shown(theirs, other)} | ${share} |`;
}

const [rounds, ...named] = [Number(process.argv[2] ?? 3), ...process.argv.slice(3)];
const server = await serve();
const address = `http://127.0.0.1:${server.address().port}/`;
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, protocolTimeout: 1_800_000 });
console.log(`${cpus()[0].model}, ${await browser.version()}, TensorFlow.js 4.22.0; µs a step, medians of ${rounds} rounds`);
console.log("| | on | wgrad | TensorFlow.js | share |\n|---|---|---|---|---|");
for (const workload of named.length ? named : ["w1", "w3", "c1"]) {
  for (const [place, sides] of Object.entries(PAIRS)) {
    const runs = sides.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [side, [module, backend]] of sides.entries()) {
        runs[side].push(await time(browser, address, module, workload, backend));
      }
    }
    console.log(row(workload, place, runs));
  }
}
await browser.close();
server.close();
