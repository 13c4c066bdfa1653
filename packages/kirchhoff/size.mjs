// How much a page loads that explains with rules of its own: everything before onnxruntime's WebAssembly, in KiB of brotli.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/** A page as small as can be. */
const page = `import { defineRule, openModel } from './dist/index.js';
globalThis.explain = async (documents, rule, input) =>
  (await openModel(documents, { rules: [defineRule(rule)] })).explain(input, { rule: rule.rule });`;

/** Bytes of the page's modules, and of what they import before anything is asked for; `later` names what is loaded on demand. */
export const measure = async (engine = true) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: page, resolveDir: here },
    absWorkingDir: here,
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
    external: engine ? ['*.wasm'] : ['onnxruntime-web'],
  });
  const sizes = new Map(outputFiles.map(({ path, contents }) => [path, brotliCompressSync(contents).length]));
  const outputs = new Map(Object.entries(metafile.outputs).map(([name, output]) => [name, output]));
  const reached = new Set();
  const reach = (name, eager) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path, kind, external } of outputs.get(name).imports)
      if (!external && (kind !== 'dynamic-import' || eager(path))) reach(path, eager);
  };
  const [entry] = [...outputs].find(([, { entryPoint }]) => entryPoint === '<stdin>') ?? [];
  const isEngine = (path) => /engine-web|ort\.wasm/.test(outputs.get(path).entryPoint ?? '');
  reach(entry, (path) => engine && isEngine(path));
  const bytes = [...reached].reduce((sum, name) => sum + sizes.get(join(here, name)), 0);
  const inputs = new Map();
  for (const name of reached)
    for (const [path, { bytesInOutput }] of Object.entries(outputs.get(name).inputs)) {
      const library = /node_modules\/\.pnpm\/([^/]+)/.exec(path)?.[1].replace(/_.*/, '') ?? 'kirchhoff';
      inputs.set(library, (inputs.get(library) ?? 0) + bytesInOutput);
    }
  return { kib: bytes / 1024, heaviest: [...inputs].toSorted((a, b) => b[1] - a[1]) };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const engine of [false, true]) {
    const { kib, heaviest } = await measure(engine);
    process.stdout.write(`${engine ? 'with' : 'without'} onnxruntime-web's JavaScript: ${kib.toFixed(1)} KiB\n`);
    for (const [library, bytes] of heaviest.slice(0, 8))
      process.stdout.write(`  ${(bytes / 1024).toFixed(0).padStart(4)} KiB minified: ${library}\n`);
  }
}
