import { loadModel, readNamedDocument, resourcePath, writeAtomically } from '@kirchhoff/explain/node';
import { decodeSampleTexts } from '@kirchhoff/text';
import type { Result } from '@kirchhoff/message';
import { textHtml } from '@kirchhoff/picture';
import { findComposite, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { withKorean } from '@kirchhoff/sheet/node';
import { reviewSheet, type Reviewed } from '@kirchhoff/sheet';
import { ledgersOf, refusalOf, remarksOn, standingOf } from '@kirchhoff/explain';
import { explainReadTexts } from './explain-text.js';

/** How the sheet's methods are called, and by what composite. */
const methods = [
  { title: 'signal-take-all', subtitle: 'the signal of a gate takes all', composite: 'lstm-signal-take-all' },
  { title: 'gate-proportional', subtitle: 'gate and signal share', composite: 'lstm-gate-proportional' },
  { title: 'sensitivity', subtitle: 'squared gradient', composite: 'sensitivity' },
] as const;

/** Eight reviews, for and against, two of them by negation. */
const chosen = ['나쁘지 않다.', '좋지 않다.'];

/** The texts of samples.json: the two negations first, then others up to eight. */
const readSamples = (folder: string): Result<readonly string[]> =>
  E.map((texts: readonly string[]) => [...chosen, ...texts.filter((text) => !chosen.includes(text))].slice(0, 8))(
    readNamedDocument(`${folder}/model.json`, 'samples.json', decodeSampleTexts),
  );

/** Explains eight of the samples of nsmc-lstm under three methods, on one page. */
export const demoReviews = async (book: Rulebook, out: string): Promise<Result<string>> => {
  const folder = resourcePath('models/nsmc-lstm');
  const model = await loadModel(folder);
  const samples = readSamples(folder);
  if (E.isLeft(model)) return model;
  if (E.isLeft(samples)) return samples;
  const texts = samples.right.map((text) => ({ name: text, text }));
  const reviewed: Reviewed[] = [];
  const remarks: string[] = [];
  for (const { title, subtitle, composite: name } of methods) {
    const composite = findComposite(book, name);
    if (E.isLeft(composite)) return composite;
    const explained = await explainReadTexts({
      model: model.right,
      folder,
      composite: composite.right,
      book,
      texts,
      options: {},
    });
    if (E.isLeft(explained)) return explained;
    const standing = standingOf(ledgersOf(explained.right.report, samples.right));
    const refused = refusalOf(standing, false);
    if (refused.length > 0) return E.left(refused);
    remarks.push(...remarksOn(standing).map((remark) => `${title}: ${remark}`));
    reviewed.push({ title, subtitle, texts: explained.right.texts });
  }
  const sheet = reviewSheet(
    model.right,
    'What each verdict on a film review rests on',
    ['nsmc-lstm, morpheme by morpheme; relevance for the likelier of 부정 (against) and 긍정 (for)', ...remarks].join(
      '. ',
    ),
    reviewed,
  );
  const file = `${out}/reviews.html`;
  const done = writeAtomically(file, withKorean(textHtml(sheet)));
  return E.isLeft(done) ? done : E.right(`wrote ${file}`);
};
