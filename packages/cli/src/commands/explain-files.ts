import {
  asFloat32,
  assumptions,
  explainPrepared,
  ledgersOf,
  prepareFor,
  refusalOf,
  remarksOn,
  shapesOf,
  standingOf,
  writeNpy,
  type Explained,
  type ExplainOptions,
  type Model,
  type Report,
  type SampleReport,
} from '@kirchhoff/explain';
import { mapFiles, readInputs, whileLocked, writeAllAtomically, type InputFile } from '@kirchhoff/explain/node';
import { all, cliSays, ruleSays, samplesSays, short, type Result } from '@kirchhoff/message';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { ledgerText } from '../ledger-text.js';
import { drawSheet } from '@kirchhoff/sheet/node';
import { explainedSheet } from '@kirchhoff/sheet';

export interface ExplainFilesArguments {
  readonly model: Model;
  readonly composite: Composite;
  readonly book: Rulebook;
  readonly files: readonly InputFile[];
  readonly options: ExplainOptions;
  readonly out: string;
  readonly json: boolean;
  /** Go on where the explanation does not add up. */
  readonly allowOpen: boolean;
}

/** What a sample's target is called: `cat (output 3)`, `class 10 at position 3 (output 310)`. */
const nameOfTarget = ({ target, class: chosen, position, label }: SampleReport): string => {
  if (position === null || position.length === 0)
    return label === null ? `output ${target}` : `${label}${label === String(target) ? '' : ` (output ${target})`}`;
  const place = position.length === 1 ? `position ${position[0]}` : `[${position.join(', ')}]`;
  return `${label ?? `class ${chosen}`} at ${place} (output ${target})`;
};

/** Which of several outputs was explained, and which of many positions, where nobody said. */
const choices = ({ others = [], original }: Model, { output, outputShape, asked }: Report): readonly string[] => [
  ...(others.length > 0 ? [cliSays.oneOfOutputs(original.outputs[0]!, others)] : []),
  ...(asked === 'argmax' && outputShape !== null && outputShape.length > 1
    ? [cliSays.manyPositions(output, outputShape)]
    : []),
];

const summary = (
  model: Model,
  explained: Explained,
  names: readonly string[],
  out: string,
  files: readonly string[],
  assumed: readonly string[],
): string => {
  const { report } = explained;
  const all = [report, ...report.further].flatMap(({ asked, samples }) =>
    samples.map((sample, n) => ({ ...sample, asked, n })),
  );
  const lines = all.map(({ asked, n, ...sample }) => {
    const { target, score, relevance, ledger } = sample;
    const what = target === null || /[-+]/.test(asked) ? asked : nameOfTarget(sample);
    const closure =
      ledger === null
        ? report.quantity === 'gradient'
          ? 'no ledger: gradients'
          : 'no ledger'
        : `closure ${ledger.closure.toExponential(1)}`;
    return `${names[n] ?? n}: ${what}, f = ${score === null ? '–' : short(score)}, Σ relevance ${short(relevance)}, ${closure}`;
  });
  const [first] = report.samples;
  const { batch } = report;
  return [
    ...remarksOn(standingOf(ledgersOf(report, names))),
    ...assumed,
    ...lines,
    ...choices(model, report),
    ...(batch.axes === null ? [samplesSays.single(batch.why)] : []),
    ...(report.samples.length === 1 && first!.ledger !== null ? ['', ledgerText(first!)] : []),
    '',
    ...notes(report),
    `${report.composite} on ${report.backend}: ${report.passes.total} passes, ${Math.round(report.timings.run)} ms (set-up ${Math.round(report.timings.build + report.timings.compile)} ms)`,
    ...(report.note === undefined ? [] : [report.note]),
    cliSays.wrote(files.map((file) => join(out, file))),
  ].join('\n');
};

/** What the plan could not tell. */
const notes = ({ plan }: Report): readonly string[] => {
  const undecided = plan.filter((row) => row.undecided);
  return undecided.length === 0 ? [] : [ruleSays.undecidedGates(undecided)];
};

/** `explain MODEL --input FILE…`: explains a batch and writes relevance.npy, heatmap.png and explanation.json. */
export const explainFilesCommand = async (args: ExplainFilesArguments): Promise<Result<string>> => {
  const { model, composite, book, files, options, out, json, allowOpen } = args;
  const batch = await readInputs(model, files);
  const shapes = E.isRight(batch) ? shapesOf(batch.right.inputs) : {};
  const prepared = prepareFor(model, composite, book, shapes, options);
  const parsed = all({ prepared, batch });
  if (E.isLeft(parsed)) return parsed;
  const { inputs, names } = parsed.right.batch;
  const { model: fitted, prepared: made } = parsed.right.prepared;
  const explained = await explainPrepared(fitted, made, inputs, options);
  if (E.isLeft(explained)) return explained;
  const { report } = explained.right;
  const standing = standingOf(ledgersOf(report, names));
  const refused = refusalOf(standing, allowOpen);
  if (refused.length > 0) return E.left(refused);
  const png = await drawSheet(explainedSheet(fitted, explained.right, parsed.right.batch, remarksOn(standing)));
  const written: (readonly [string, Uint8Array | string])[] = [
    ...mapFiles(explained.right).map(([file, map]) => [file, writeNpy(asFloat32(map))] as const),
    ['heatmap.png', png],
    ['explanation.json', `${JSON.stringify(report, null, 2)}\n`],
  ];
  const done = await whileLocked(out, () => Promise.resolve(writeAllAtomically(out, written)));
  if (E.isLeft(done)) return done;
  return E.right(
    json
      ? JSON.stringify(report, null, 2)
      : summary(
          fitted,
          explained.right,
          names,
          out,
          written.map(([file]) => file),
          assumptions(
            fitted,
            files.map(({ file }) => file),
          ),
        ),
  );
};
