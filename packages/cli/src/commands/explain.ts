import {
  explain,
  readInputs,
  withRange,
  writeAtomically,
  writeNpy,
  type Explained,
  type ExplainOptions,
  type InputFile,
  type Model,
} from '@kirchhoff/explain';
import type { Range, Tensor } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { ledgerText } from '../ledger-text.js';
import { drawSheet } from '../picture.js';
import { columnsOf, sheetRows } from '../sheet.js';
import { short } from '../table.js';

type Result<A> = E.Either<readonly Problem[], A>;

export interface ExplainArguments {
  readonly model: Model;
  readonly composite: Composite;
  readonly book: Rulebook;
  readonly files: readonly InputFile[];
  readonly range: Range | undefined;
  readonly options: ExplainOptions;
  readonly out: string;
  readonly json: boolean;
}

const asFloat32 = ({ shape, data }: Tensor): Tensor => ({
  type: 'float32',
  shape,
  data: data instanceof Float32Array ? data : Float32Array.from(data as Float64Array),
});

/** File names that any system takes. */
const safe = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '_');

/** Relevances by file name: relevance.npy, relevance-TENSOR.npy, and relevance-target-K.npy for further targets. */
const mapFiles = (explained: Explained): readonly (readonly [string, Tensor])[] =>
  [explained, ...explained.further].flatMap(({ relevance, at }, i) => {
    const base = i === 0 ? 'relevance' : `relevance-target-${safe(explained.report.further[i - 1]!.asked)}`;
    return [
      ...Object.entries(relevance).map(
        ([name, map], k) => [k === 0 ? `${base}.npy` : `${base}-${safe(name)}.npy`, map] as const,
      ),
      ...Object.entries(at).map(([name, map]) => [`${base}-${safe(name)}.npy`, map] as const),
    ];
  });

const summary = (explained: Explained, names: readonly string[], out: string, files: readonly string[]): string => {
  const { report } = explained;
  const all = [report, ...report.further].flatMap(({ asked, samples }) =>
    samples.map((sample, n) => ({ ...sample, asked, n })),
  );
  const lines = all.map(({ target, label, score, relevance, ledger, asked, n }) => {
    const what =
      target === null || /[-+]/.test(asked)
        ? asked
        : `${label ?? target}${label === null || label === String(target) ? '' : ` (${target})`}`;
    const closure = ledger === null ? 'no ledger: gradients' : `closure ${ledger.closure.toExponential(1)}`;
    return `${names[n] ?? n}: ${what}, f = ${score === null ? '–' : short(score)}, Σ relevance ${short(relevance)}, ${closure}`;
  });
  const [first] = report.samples;
  return [
    ...lines,
    ...(report.samples.length === 1 && first!.ledger !== null ? ['', ledgerText(first!)] : []),
    '',
    `${report.composite} on ${report.backend}: ${report.passes.total} passes, ${Math.round(report.timings.run)} ms (set-up ${Math.round(report.timings.build + report.timings.compile)} ms)`,
    `wrote ${files.map((file) => join(out, file)).join(', ')}`,
  ].join('\n');
};

/** `explain MODEL --input FILE…`: explains a batch and writes relevance.npy, heatmap.png and explanation.json. */
export const explainCommand = async (args: ExplainArguments): Promise<Result<string>> => {
  const { composite, book, files, range, options, out, json } = args;
  const model = range === undefined ? args.model : withRange(args.model, range);
  const batch = await readInputs(model, files);
  if (E.isLeft(batch)) return batch;
  const { inputs, names } = batch.right;
  const explained = await explain(model, composite, book, inputs, options);
  if (E.isLeft(explained)) return explained;
  const { report } = explained.right;
  const [first] = model.typed.graph.inputs;
  const png = await drawSheet({
    title: `${model.name}: ${report.composite}`,
    subtitle: `what the ${report.seed === 'tensor' ? 'target' : report.samples.length === 1 ? 'decision' : 'decisions'} rest on`,
    columns: [report, ...report.further].map(({ asked }, _, all) => ({
      title: all.length > 1 ? `target ${asked}` : report.composite,
      subtitle: report.quantity,
    })),
    rows: sheetRows(model, inputs[first!.name]!, explained.right.output, columnsOf(explained.right), names),
  });
  const written: (readonly [string, Uint8Array | string])[] = [
    ...mapFiles(explained.right).map(([file, map]) => [file, writeNpy(asFloat32(map))] as const),
    ['heatmap.png', png],
    ['explanation.json', `${JSON.stringify(report, null, 2)}\n`],
  ];
  for (const [file, content] of written) {
    const done = writeAtomically(join(out, file), content);
    if (E.isLeft(done)) return done;
  }
  return E.right(
    json
      ? JSON.stringify(report, null, 2)
      : summary(
          explained.right,
          names,
          out,
          written.map(([file]) => file),
        ),
  );
};
