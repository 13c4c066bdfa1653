import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { fileTensors, inWeightsFile, openGraphFile, openOnnxFile, weightsFile } from '@kirchhoff/explain/node';
import { formatGraph, writeSafetensors } from '@kirchhoff/graph';
import { encodeOnnx } from '@kirchhoff/onnx';
import { threads } from './measure.js';
import type { Network } from './grow.js';
import { networks } from './networks.js';
import type { costsOf } from './profile.js';
import { chooseRows, rows, type Row, type RowSpec } from './rows.js';
import { demand, repositoryPath } from './subject.js';
import { deepNetworks, setupRows, type SetupRow, type SetupSpec } from './setup-rows.js';
import { formatCosts, formatRows, formatSetup, missed } from './summary.js';

const run = promisify(execFile);

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const writeFolder = (folder: string, { graph, weights }: Network): string => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'graph.json'), formatGraph(graph));
  writeFileSync(join(folder, weightsFile), writeSafetensors(weights));
  return folder;
};

/** The network of a folder as an ONNX file beside it. */
const writeOnnx = (folder: string): string => {
  const { graph, store } = demand(openGraphFile(folder, 'graph.json'));
  const file = join(folder, 'model.onnx');
  writeFileSync(file, encodeOnnx(graph, store, { external: false }));
  return file;
};

/** A network by way of an ONNX file, as `import` takes it. */
const throughOnnx = async (folder: string): Promise<Network> => {
  const read = demand(await openOnnxFile(writeOnnx(folder)));
  const weights = [...fileTensors(read.graph, read.store)].map(
    ([name, { type, shape, read: data }]) => [name, { type, shape, data: data() }] as const,
  );
  return { graph: inWeightsFile(read.graph), weights: new Map(weights) };
};

/** The folder of a model of the repository; a network's graph and weights are written into one of their own. */
const place = async ({ model, imported }: RowSpec, folder: string): Promise<string> => {
  if (model === 'nsmc-lstm') return repositoryPath(`models/${model}`);
  const own = writeFolder(join(folder, model), networks[model]());
  return imported === true ? writeFolder(join(folder, `${model}-imported`), await throughOnnx(own)) : own;
};

/** One row in a process of its own. */
const inChild = async (spec: RowSpec | SetupSpec, folder: string, flags: readonly string[]): Promise<unknown> => {
  const script = fileURLToPath(new URL('row.js', import.meta.url));
  const { stdout } = await run(process.execPath, [script, folder, JSON.stringify(spec), ...flags]);
  return JSON.parse(stdout);
};

const versionIn = (path: string): string =>
  (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;

const require = createRequire(import.meta.url);

/** This machine and what ran on it, without a word that names either. */
const about = (): { readonly machine: object; readonly versions: object } => ({
  machine: {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    threads,
    memoryMB: Math.round(totalmem() / 1e6),
  },
  versions: {
    node: process.versions.node,
    'onnxruntime-node': versionIn(require.resolve('onnxruntime-node/package.json')),
    kirchhoff: versionIn(repositoryPath('package.json')),
  },
});

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string' },
    profile: { type: 'boolean', default: false },
    setup: { type: 'boolean', default: false },
  },
});
const chosen = chooseRows(values.only, values.rows?.split(',') ?? []);
if (chosen.length === 0) {
  const models = [...new Set(rows.map(({ model }) => model))].join(' ');
  const composites = [...new Set(rows.map(({ composite }) => composite))].join(' ');
  process.stderr.write(`no such row; --only takes one of: ${models}; --rows some of: ${composites} (comma between)\n`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** The rows of what comes before the first run, each network written anew. */
const setUps = async (): Promise<readonly SetupRow[]> => {
  const found: SetupRow[] = [];
  for (const spec of setupRows) {
    process.stderr.write(`${spec.model} before its first run\n`);
    const own = writeFolder(join(folder, spec.model), deepNetworks[spec.model]());
    if (spec.onnx) writeOnnx(own);
    found.push((await inChild(spec, own, ['--setup'])) as SetupRow);
    rmSync(own, { recursive: true });
  }
  return found;
};
if (values.setup) {
  say(formatSetup(await setUps()));
  process.exit(0);
}

const found: Row[] = [];
const placeOf = ({ model, imported }: RowSpec): string => `${model}${imported === true ? ' imported' : ''}`;
for (const name of new Set(chosen.map(placeOf))) {
  const here = chosen.filter((spec) => placeOf(spec) === name);
  const own = await place(here[0]!, folder);
  for (const spec of here) {
    const what = `${name} ${spec.composite} batch ${spec.batch}`;
    if (values.profile) {
      const { nodes, operators, ms } = (await inChild(spec, own, ['--profile'])) as ReturnType<typeof costsOf>;
      say(`\n${what}: ${ms.toFixed(0)} ms in nodes`);
      say(`${formatCosts(nodes, 10)}\nby operator\n${formatCosts(operators, 10)}`);
    } else {
      process.stderr.write(`${what}\n`);
      found.push((await inChild(spec, own, [])) as Row);
    }
  }
  for (const left of readdirSync(folder)) rmSync(join(folder, left), { recursive: true });
}
if (!values.profile) {
  const wrong = missed(found, rows);
  const setup = chosen.length === rows.length ? await setUps() : [];
  say(formatRows(found, rows));
  if (setup.length > 0) say(`\nbefore the first run, seconds of processor time\n${formatSetup(setup)}`);
  say(wrong.length === 0 ? '\nwithin every bound' : `\nmissed:\n${wrong.join('\n')}`);
  if (chosen.length === rows.length) {
    mkdirSync(repositoryPath('bench'), { recursive: true });
    writeFileSync(
      repositoryPath('bench/results.json'),
      `${JSON.stringify({ ...about(), rows: found, setup }, null, 2)}\n`,
    );
    say('written to bench/results.json');
  } else say('some rows only: bench/results.json is left as it is');
}
