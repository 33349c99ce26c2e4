// Every op in the browser against its definition, and a wrong kernel that is found.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WITH_GPU, start } from "./browser.mjs";

let browser;
before(async () => (browser = await start(WITH_GPU)));
after(() => browser.close());

/** Ops whose kernels SwiftShader takes gigabytes to compile within Chromium. */
const TOO_LARGE = ["conv", "conv.input_gradient", "conv.weight_gradient", "conv_transpose"];

/** In the page: checks ops on the GPU, all except some or only some, with a part of the wasm's bytes replaced where that is asked for. */
async function check({ except, only }, wrong) {
  // A module of its own: the page has started the other.
  const wgrad = await import("./wgrad/wgrad.js?checked");
  const wasm = new Uint8Array(await (await fetch("./wgrad/wgrad_bg.wasm")).arrayBuffer());
  let planted = 0;
  if (wrong) {
    const [right, instead] = wrong.map((text) => new TextEncoder().encode(text));
    for (let at = wasm.indexOf(right[0]); at >= 0; at = wasm.indexOf(right[0], at + 1)) {
      if (right.every((byte, offset) => wasm[at + offset] === byte)) {
        wasm.set(instead, at);
        planted += 1;
      }
    }
  }
  await wgrad.default({ module_or_path: wasm });
  const ops = only ?? wgrad.opNames().filter((name) => !except.includes(name));
  return { planted, asked: ops.length, ...(await wgrad.selfCheck("gpu", ops)) };
}

test("every op computes what its definition says", async () => {
  const { page, close } = await browser.open({ path: "package.html" });
  const report = await page.evaluate(check, { except: TOO_LARGE });
  const failures = report.ops.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure}`] : []));
  assert.deepEqual(failures, []);
  assert.ok(report.passed && report.ops.length > 60, `${report.ops.length} ops on ${report.device}`);
  assert.equal(report.ops.length, report.asked);
  await close();
});

/** An op, and the only sum of its form in the crate's kernels. */
const NAME = "softmax.gradient";
const RIGHT = "dy[start + j] - y[start + j] * sum";

/** Checks a build with something else in its place, and gives what the only op that fails says. */
async function failure(wrong) {
  const { page, close } = await browser.open({ path: "package.html" });
  const report = await page.evaluate(check, { only: ["softmax", NAME] }, [RIGHT, wrong]);
  await close();
  assert.equal(report.planted, 1);
  assert.ok(!report.passed);
  const failed = report.ops.filter((op) => op.failure);
  assert.deepEqual(failed.map(({ name }) => name), [NAME]);
  return failed[0].failure;
}

test("a wrong kernel in the page's build is found and named", async () => {
  const told = await failure("dy[start + j] + y[start + j] * sum");
  assert.match(told, /softmax_gradient .*dx\[0, 0\] is \S+ on the device and \S+ on the CPU/);
});

test("a kernel that does not compile is told with file and line", async () => {
  const told = await failure("dy[start + j] - y[start + j] * bum");
  assert.match(told, /does not compile/);
  assert.match(told, /softmax_gradient\.wgsl:19:/);
});
