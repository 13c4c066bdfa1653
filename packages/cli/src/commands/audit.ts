import { join } from 'node:path';
import { remarksOn, standingOf, type ExplainOptions, type Model } from '@kirchhoff/explain';
import { readInputs, writeAllAtomically, type Batch, type InputFile } from '@kirchhoff/explain/node';
import { type NamedText, type Tokens } from '@kirchhoff/text';
import { cliSays, problem, short, verifySays, type Result } from '@kirchhoff/message';
import { ledgerBars } from '@kirchhoff/picture';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import { audit, barsOf, type Audit } from '@kirchhoff/verify';
import * as E from 'fp-ts/lib/Either.js';
import { notoSansFor } from '@kirchhoff/sheet/node';
import { table } from '../columns.js';
import { readTokens } from '../texts.js';

export interface AuditArguments {
  readonly model: Model;
  readonly composite: Composite;
  readonly book: Rulebook;
  readonly files: readonly InputFile[];
  readonly texts: readonly NamedText[];
  /** The model's folder. */
  readonly folder: string;
  readonly options: ExplainOptions;
  readonly out: string;
  readonly json: boolean;
}

const largest = 10;

const percent = (part: number, whole: number): string => (whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`);

const auditText = (name: string, found: Audit): string => {
  const { seed, input, closure, leaks, nodes, break: broken } = found;
  const rows = nodes.map(({ node, rule, in: received, out, leaks: own }) => [
    node,
    rule,
    short(received),
    short(out),
    short(Object.values(own).reduce((sum, value) => sum + value, 0)),
  ]);
  const worst = leaks
    .slice(0, largest)
    .map(({ node, cause, value }) => [node, cause, short(value), percent(value, seed)]);
  const wrong =
    broken === undefined
      ? 'all relevance has the sign of the seed'
      : `positivity breaks first at ${broken.tensor}: Σ of the wrong sign ${short(broken.wrong)}${
          broken.sentBy.length === 0
            ? ''
            : `, sent by ${broken.sentBy.map(({ node, rule }) => (rule === '' ? node : `${node} (${rule})`)).join(', ')}`
        }`;
  return [
    ...remarksOn(standingOf([[name, found]])),
    `${name}: seed ${short(seed)} = inputs ${short(input)} + leaks ${short(seed - input)} (closure ${closure.toExponential(1)})`,
    '',
    table(['node', 'rule', 'in', 'out', 'leaks'], rows),
    ...(worst.length === 0 ? [] : ['', table(['largest leaks', 'cause', 'relevance', 'of the seed'], worst)]),
    '',
    wrong,
  ].join('\n');
};

/** The files as one batch, or each text as one. */
const batchesOf = async ({ model, files, texts, folder }: AuditArguments): Promise<Result<readonly Batch[]>> => {
  if (texts.length === 0) return E.map((batch: Batch) => [batch])(await readInputs(model, files));
  const tokens = await readTokens(model, folder, texts);
  const [input] = model.typed.graph.inputs;
  return E.map((read: readonly Tokens[]) =>
    read.map(({ text, ids }): Batch => ({ inputs: { [input!.name]: ids }, names: [text] })),
  )(tokens);
};

/** `verify --model MODEL --input FILE…` or `--text TEXT…`: where the relevance of real explanations went. */
export const auditCommand = async (args: AuditArguments): Promise<Result<string>> => {
  const { model, composite, book, options, out, json } = args;
  const batches = await batchesOf(args);
  if (E.isLeft(batches)) return batches;
  const found: (readonly [string, Audit])[] = [];
  for (const { inputs, names } of batches.right) {
    const audited = await audit(model, composite, book, inputs, options);
    if (E.isLeft(audited)) return audited;
    for (const [n, one] of audited.right.entries()) if (one !== undefined) found.push([names[n] ?? `${n}`, one]);
  }
  if (found.length === 0) return E.left([problem('--composite', verifySays.noLedger)]);
  const font = notoSansFor(found.map(([name]) => name).join(''));
  const bars = found.map(([name, one], n) => {
    const title = `${model.name}, ${name}: where the relevance went`;
    return [
      n === 0 ? 'ledger.svg' : `ledger-${n + 1}.svg`,
      ledgerBars(barsOf(one), { title, of: one.seed }, font),
    ] as const;
  });
  const report = `${JSON.stringify({ format: 'kirchhoff-audit/1', samples: found.map(([name, one]) => ({ name, ...one })) }, null, 2)}\n`;
  const written = [...bars, ['audit.json', report] as const];
  const done = writeAllAtomically(out, written);
  if (E.isLeft(done)) return done;
  if (json) return E.right(report.trimEnd());
  const texts = found.map(([name, one]) => auditText(name, one));
  return E.right([...texts, cliSays.wrote(written.map(([file]) => join(out, file)))].join('\n\n'));
};
