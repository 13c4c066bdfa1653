import {
  asFloat32,
  explainTexts,
  ledgersOf,
  openFitting,
  refusalOf,
  remarksOn,
  standingOf,
  writeNpy,
  type ExplainedTexts,
  type ExplainOptions,
  type Model,
} from '@kirchhoff/explain';
import { whileLocked, writeAllAtomically } from '@kirchhoff/explain/node';
import { tokenName, type NamedText } from '@kirchhoff/text';
import { cliSays, all, type Result } from '@kirchhoff/message';
import { textAnsi, textHtml } from '@kirchhoff/picture';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { drawTexts, withKorean } from '@kirchhoff/sheet/node';
import { ledgerText } from '../ledger-text.js';
import { reviewSheet, type Reviewed } from '@kirchhoff/sheet';
import { readTokens } from '../texts.js';

export interface ExplainTextArguments {
  readonly model: Model;
  /** The model's folder, in which its vocabulary lies. */
  readonly folder: string;
  readonly composite: Composite;
  readonly book: Rulebook;
  readonly texts: readonly NamedText[];
  readonly options: ExplainOptions;
  readonly out: string;
  readonly json: boolean;
  /** Go on where the explanation does not add up. */
  readonly allowOpen: boolean;
}

/** explanation.json, with each text's morphemes, ids, segments and relevance by token. */
const reportOf = ({ report, texts }: ExplainedTexts): object => ({
  ...report,
  texts: texts.map(({ tokens, views }) => ({
    text: tokens.text,
    tokens: tokens.tokens.map((token) => ({
      name: tokenName(token),
      id: token.id,
      known: token.known,
      segment: token.segment,
    })),
    segments: tokens.segments,
    truncated: tokens.truncated?.notice ?? null,
    relevance: views.map(({ asked, tokens: values }) => ({ asked, tokens: [...values] })),
  })),
});

/** Explains texts with what is open by now, under one composite. */
export const explainReadTexts = async (
  args: Pick<ExplainTextArguments, 'model' | 'folder' | 'composite' | 'book' | 'texts' | 'options'>,
): Promise<Result<ExplainedTexts>> => {
  const { model, folder, composite, book, texts, options } = args;
  const tokens = await readTokens(model, folder, texts);
  const explainer = await openFitting(model, composite, book, options);
  const ready = all({ explainer, tokens });
  if (E.isLeft(ready)) {
    if (E.isRight(explainer)) await explainer.right.close();
    return ready;
  }
  const { close } = ready.right.explainer;
  return explainTexts(ready.right.explainer, model, ready.right.tokens).finally(close);
};

/** `explain MODEL --text "…"`: explains texts, and writes relevance, explanation.json, a page and a picture. */
export const explainTextCommand = async (args: ExplainTextArguments): Promise<Result<string>> => {
  const { model, out, json, allowOpen } = args;
  const explained = await explainReadTexts(args);
  if (E.isLeft(explained)) return explained;
  const { texts, report } = explained.right;
  const standing = standingOf(
    ledgersOf(
      report,
      texts.map(({ tokens }) => tokens.text),
    ),
  );
  const refused = refusalOf(standing, allowOpen);
  if (refused.length > 0) return E.left(refused);
  const asked = [report.asked, ...report.further.map((one) => one.asked)];
  const methods = asked.map((target, view): Reviewed => ({
    title: asked.length > 1 ? `target ${target}` : report.composite,
    texts,
    view,
  }));
  const sheet = reviewSheet(
    model,
    `${model.name}: ${report.composite}`,
    [...remarksOn(standing), report.quantity].join(' · '),
    methods,
  );
  const digits = String(texts.length - 1).length;
  const written: (readonly [string, Uint8Array | string])[] = [
    ...texts.flatMap(({ views }, n) =>
      views.map(({ components, asked: target }, k) => {
        const which = texts.length > 1 ? `-${String(n).padStart(digits, '0')}` : '';
        const { shape } = components;
        const name = k === 0 ? `relevance${which}.npy` : `relevance${which}-target-${target}.npy`;
        return [name, writeNpy(asFloat32({ ...components, shape: [1, ...shape] }))] as const;
      }),
    ),
    ['text.html', withKorean(textHtml(sheet))],
    ['heatmap.png', await drawTexts(sheet)],
    ['explanation.json', `${JSON.stringify(reportOf(explained.right), null, 2)}\n`],
  ];
  const done = await whileLocked(out, () => Promise.resolve(writeAllAtomically(out, written)));
  if (E.isLeft(done)) return done;
  if (json) return E.right(JSON.stringify(reportOf(explained.right), null, 2));
  const [only] = report.samples;
  return E.right(
    [
      ...remarksOn(standing),
      textAnsi({ ...sheet, subtitle: report.quantity }, { columns: process.stdout.columns ?? 80 }),
      ...(texts.length === 1 && only!.ledger !== null ? [ledgerText(only!), ''] : []),
      `${report.composite} on ${report.backend}: ${report.passes.total} passes a step, ${Math.round(report.timings.run)} ms (set-up ${Math.round(report.timings.build + report.timings.compile)} ms)`,
      ...(report.note === undefined ? [] : [report.note]),
      cliSays.wrote(written.map(([file]) => join(out, file))),
    ].join('\n'),
  );
};
