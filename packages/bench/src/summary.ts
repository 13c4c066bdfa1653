import type { SetupRow } from './setup-rows.js';
import { limits, type Row, type RowSpec } from './rows.js';
import type { Cost } from './profile.js';

/** Columns of text: the first two to the left, numbers to the right. */
export const columns = (lines: readonly (readonly string[])[], left = 2): string => {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const heads = [
  'model',
  'composite',
  'batch',
  'forward',
  'explain',
  'sample',
  'fused',
  'ratio',
  'bound',
  'passes',
  'build',
  'set-up',
  'peak',
];

const nameOf = ({ model, imported }: Row): string => `${model}${imported === true ? ' imported' : ''}`;

/** The rows as a table. Times in milliseconds, memory in MB; `bound` is the ratio that the row should stay under. `fused`: the engine's own recurrent operator. */
export const formatRows = (rows: readonly Row[], specs: readonly RowSpec[]): string =>
  columns([
    heads,
    ...rows.map((row) => [
      nameOf(row),
      row.composite,
      String(row.batch),
      String(row.forwardMs),
      String(row.explainMs),
      String(row.sampleMs),
      row.fusedMs === undefined ? '-' : String(row.fusedMs),
      row.ratio.toFixed(2),
      specOf(row, specs)?.bound?.toFixed(1) ?? '-',
      String(row.passes),
      String(row.buildMs),
      String(row.setupMs),
      String(row.peakMB),
    ]),
  ]);

/** What comes before the first run, in seconds of processor time and MB. */
export const formatSetup = (rows: readonly SetupRow[]): string =>
  columns([
    ['model', 'composite', 'nodes', 'open', 'peak', 'build', 'engine'],
    ...rows.map(({ model, composite, onnx, nodes, openS, importMB, buildS, engineS }) => [
      `${model}${onnx ? ' imported' : ''}`,
      composite,
      ...[nodes, openS, importMB, buildS, engineS].map(String),
    ]),
  ]);

const specOf = (row: Row, specs: readonly RowSpec[]): RowSpec | undefined =>
  specs.find(
    ({ model, composite, batch, imported }) =>
      model === row.model && composite === row.composite && batch === row.batch && imported === row.imported,
  );

/** What a sample took in a batch, as a share of what it took alone. */
const shareOf = (row: Row, rows: readonly Row[]): number | undefined => {
  const alone = rows.find(
    ({ model, composite, batch, imported }) =>
      model === row.model && composite === row.composite && batch === 1 && imported === row.imported,
  );
  return alone && row.sampleMs / alone.sampleMs;
};

/** One sentence for each bound that a row missed. */
export const missed = (rows: readonly Row[], specs: readonly RowSpec[]): readonly string[] =>
  rows.flatMap((row) => {
    const where = `${nameOf(row)} ${row.composite} batch ${row.batch}`;
    const { bound, share: most } = specOf(row, specs) ?? {};
    const share = shareOf(row, rows);
    // Memory and set-up were set for one picture at a time: batches let the engine copy the weights.
    const one = row.batch === 1;
    return [
      ...(bound !== undefined && row.ratio > bound ? [`${where}: ratio ${row.ratio.toFixed(2)}, bound ${bound}`] : []),
      ...(most !== undefined && share !== undefined && share > most
        ? [`${where}: a sample takes ${share.toFixed(2)} of what it takes alone, bound ${most}`]
        : []),
      ...(row.buildMs > limits.buildMs ? [`${where}: built in ${row.buildMs} ms, bound ${limits.buildMs}`] : []),
      ...(one && row.setupMs > limits.setupMs
        ? [`${where}: set up in ${row.setupMs} ms, bound ${limits.setupMs}`]
        : []),
      ...(one && row.peakMB > limits.peakMB ? [`${where}: ${row.peakMB} MB at most, bound ${limits.peakMB}`] : []),
    ];
  });

/** The most expensive nodes or operators, with their share of the whole. */
export const formatCosts = (costs: readonly Cost[], most: number): string =>
  columns(
    costs
      .slice(0, most)
      .map(({ name, op, ms, share }) => [name, name === op ? '' : op, ms.toFixed(1), `${(100 * share).toFixed(1)} %`]),
  );
