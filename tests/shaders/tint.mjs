// Has Dawn compile kernels with Tint, its WGSL compiler, and make their pipelines. Dawn's null backend needs no driver,
// has f16, and offers WebGPU's default limits.
// The first argument is a folder with the npm package webgpu, the second one with kernels.json, a list of
// { label, code, constants }. The script writes complaints.json there: a string for each kernel that Dawn complains of.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

async function openGpu(folder) {
    const path = createRequire(resolve(folder, 'tint.mjs')).resolve('webgpu');
    const { create } = await import(pathToFileURL(path));
    return create(['backend=null']);
}

// A message with the line of the kernel that it is about.
function quoted({ type, message, lineNum, linePos }, code) {
    return `${type}: ${message}\n  ${lineNum}:${linePos}: ${code.split('\n')[lineNum - 1]?.trim()}`;
}

// Errors and warnings of a kernel's text, or else why it makes no pipeline; null where Dawn accepts it.
async function judge(device, { code, constants }) {
    // The scope keeps Dawn from printing errors, which the compilation info has as well.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code });
    await device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    if (messages.length > 0) {
        return messages.map((message) => quoted(message, code)).join('\n');
    }
    const compute = { module, entryPoint: 'main', constants };
    return device.createComputePipelineAsync({ layout: 'auto', compute }).then(() => null, (error) => error.message.trim());
}

const [dawn, files] = process.argv.slice(2);
// Dawn must outlive the device, and lives until the collector takes this object.
globalThis.gpu = await openGpu(dawn);
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice({ requiredFeatures: ['shader-f16'] });
const complaints = [];
for (const kernel of JSON.parse(readFileSync(join(files, 'kernels.json')))) {
    const complaint = await judge(device, kernel);
    if (complaint !== null) {
        complaints.push(`${kernel.label}: ${complaint}`);
    }
}
writeFileSync(join(files, 'complaints.json'), JSON.stringify(complaints));
device.destroy();
delete globalThis.gpu;
