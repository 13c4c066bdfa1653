import { explain, type Explained, type ExplainOptions } from '@kirchhoff/explain';
import { loadModel, openRulebook, readInputs, resourcePath, writeAtomically } from '@kirchhoff/explain/node';
import type { Result } from '@kirchhoff/message';
import { findComposite, type Rulebook } from '@kirchhoff/rule';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync } from 'node:fs';
import { ledgerText } from '../ledger-text.js';
import { drawSheet } from '@kirchhoff/sheet/node';
import { columnsOf, sheetRows } from '@kirchhoff/sheet';
import { demoCompare } from './demo-compare.js';
import { demoReviews } from './demo-reviews.js';
import type { Run } from '../options.js';

interface Column {
  readonly title: string;
  readonly subtitle: string;
  readonly composite: string;
  readonly options: ExplainOptions;
}

/** What the sheet compares: two rules on every weighted node, a composite, and a gradient method. */
const columns: readonly Column[] = [
  {
    title: 'epsilon',
    subtitle: 'ε = 0.25',
    composite: 'epsilon-plus-flat',
    options: { rule: { name: 'epsilon', parameters: { epsilon: 0.25 } } },
  },
  { title: 'epsilon-plus-flat', subtitle: 'flat, z⁺, then ε', composite: 'epsilon-plus-flat', options: {} },
  {
    title: 'alpha-beta',
    subtitle: 'α = 2, β = 1',
    composite: 'epsilon-plus-flat',
    options: { rule: { name: 'alpha-beta', parameters: {} } },
  },
  { title: 'gradient × input', subtitle: 'the derivative', composite: 'gradient-times-input', options: {} },
];

const samples = [...Array.from({ length: 10 }, (_, digit) => String(digit)), '1-misread'];

/** What `npm start` runs: the ten digits and a misread one, under four rules, in one sheet, with one ledger; eight reviews, and a comparison of methods. */
const demoCommand = async (book: Rulebook, out: string): Promise<Result<string>> => {
  const model = await loadModel(resourcePath('models/mnist-lenet'));
  if (E.isLeft(model)) return model;
  const files = samples.map((sample) => ({
    name: undefined,
    file: resourcePath(`models/mnist-lenet/samples/${sample}.png`),
  }));
  const batch = await readInputs(model.right, files);
  if (E.isLeft(batch)) return batch;
  const explained: Explained[] = [];
  for (const { composite, options } of columns) {
    const found = findComposite(book, composite);
    if (E.isLeft(found)) return found;
    const one = await explain(model.right, found.right, book, batch.right.inputs, options);
    if (E.isLeft(one)) return one;
    explained.push(one.right);
  }
  const png = await drawSheet({
    title: 'What each decision of mnist-lenet rests on',
    subtitle: 'ten digits, and a 1 with a flag that the model takes for a 7',
    columns: columns.map(({ title, subtitle }) => ({ title, subtitle })),
    quantile: 0.98,
    rows: sheetRows(
      model.right,
      batch.right.inputs,
      explained[0]!,
      explained.map((one) => columnsOf(one)[0]!),
      batch.right.names,
    ),
  });
  const file = `${out}/digits.png`;
  const done = writeAtomically(file, png);
  if (E.isLeft(done)) return done;
  const reviews = await demoReviews(book, out);
  if (E.isLeft(reviews)) return reviews;
  const compared = await demoCompare(book, out);
  if (E.isLeft(compared)) return compared;
  const misread = explained[1]!.report.samples.at(-1)!;
  return E.right(
    [
      `1-misread.png is read as ${misread.label} (f = ${misread.score?.toPrecision(4)}). Where its relevance went, under epsilon-plus-flat:`,
      '',
      ledgerText(misread),
      '',
      `wrote ${file}`,
      reviews.right,
      compared.right,
    ].join('\n'),
  );
};

/** Adds `demo`, which needs models and samples of the repository, not all of which come along with the package. */
export const addDemo = (program: Command, run: Run): void => {
  if (!existsSync(resourcePath('models/nsmc-lstm'))) return;
  program
    .command('demo')
    .description('Explain the samples of the bundled models (what npm start runs).')
    .option('--out <dir>', 'where the pictures go', 'out')
    .action((flags: { readonly out: string }) =>
      run(async () => {
        const book = openRulebook();
        return E.isLeft(book) ? book : demoCommand(book.right, flags.out);
      }),
    );
};
