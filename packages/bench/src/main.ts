import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { formatGraph, writeSafetensors } from '@kirchhoff/graph';
import { threads } from './measure.js';
import { networks } from './networks.js';
import type { costsOf } from './profile.js';
import { chooseRows, rows, type Row, type RowSpec, type SubjectName } from './rows.js';
import { repositoryPath } from './subject.js';
import { formatCosts, formatRows, missed } from './table.js';

const run = promisify(execFile);

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The folder of a model of the repository; a network's graph and weights are written into one of their own. */
const place = (name: SubjectName, folder: string): string => {
  if (name === 'nsmc-lstm') return repositoryPath(`models/${name}`);
  const own = join(folder, name);
  const { graph, weights } = networks[name]();
  mkdirSync(own);
  writeFileSync(join(own, 'graph.json'), formatGraph(graph));
  writeFileSync(join(own, 'weights.safetensors'), writeSafetensors(weights));
  return own;
};

/** One row in a process of its own. */
const inChild = async (spec: RowSpec, folder: string, flags: readonly string[]): Promise<unknown> => {
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

const found: Row[] = [];
for (const name of new Set(chosen.map(({ model }) => model))) {
  const own = place(name, folder);
  for (const spec of chosen.filter(({ model }) => model === name)) {
    if (values.profile) {
      const { nodes, operators, ms } = (await inChild(spec, own, ['--profile'])) as ReturnType<typeof costsOf>;
      say(`\n${spec.model} ${spec.composite}, batch ${spec.batch}: ${ms.toFixed(0)} ms in nodes`);
      say(`${formatCosts(nodes, 10)}\nby operator\n${formatCosts(operators, 10)}`);
    } else {
      process.stderr.write(`${spec.model} ${spec.composite} batch ${spec.batch}\n`);
      found.push((await inChild(spec, own, [])) as Row);
    }
  }
  if (own.startsWith(folder)) rmSync(own, { recursive: true });
}
if (!values.profile) {
  const wrong = missed(found, rows);
  say(formatRows(found, rows));
  say(wrong.length === 0 ? '\nwithin every bound' : `\nmissed:\n${wrong.join('\n')}`);
  if (chosen.length === rows.length) {
    mkdirSync(repositoryPath('bench'), { recursive: true });
    writeFileSync(repositoryPath('bench/results.json'), `${JSON.stringify({ ...about(), rows: found }, null, 2)}\n`);
    say('written to bench/results.json');
  } else say('some rows only: bench/results.json is left as it is');
}
