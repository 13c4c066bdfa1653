import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@kirchhoff/explain/node';
import { tensor } from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import { makeRulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import {
  type Case,
  cutEmbedding,
  judge,
  makeSubject,
  mapsOf,
  openForward,
  openMethod,
  pairedDifference,
  type Values,
  winnersOf,
} from '../src/index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const documents = (folder: string) =>
  readdirSync(root + folder)
    .filter((name) => name.endsWith('.json'))
    .map((place) => ({ place, json: JSON.parse(readFileSync(`${root}${folder}/${place}`, 'utf8')) as unknown }));

it('words deleted by signal-take-all relevance undo a review sooner than by sensitivity (Arras et al. 2017)', async () => {
  const book = right(makeRulebook(documents('rules'), documents('rules/composites')));
  const { model, embed } = right(cutEmbedding(right(await loadModel(`${root}models/nsmc-lstm`))));
  const subject = right(makeSubject(model, book));
  const forward = await openForward(subject);
  const samples = JSON.parse(readFileSync(`${root}models/nsmc-lstm/samples.json`, 'utf8')) as readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly logits: readonly number[];
  }[];
  const cases: Case[] = [];
  for (const { text, ids, logits } of samples) {
    const x = embed(tensor('int64', [1, ids.length], ids));
    const scores = await forward.run(x);
    logits.forEach((logit, k) => expect(Math.abs(Number(scores.data[k]) - logit)).toBeLessThan(1e-4));
    cases.push({ name: text, x, target: winnersOf(scores)[0]! });
  }
  const curveOf = async (name: string): Promise<Values> => {
    const request = { name, settings: {} };
    const method = right(await openMethod(subject, request));
    const maps = await mapsOf(method, cases);
    await method.close();
    const options = { metrics: ['flipping-most-relevant'] as const };
    const found = await judge(request, method, subject, forward, cases, maps, options);
    return found.metrics['flipping-most-relevant']!;
  };
  const difference = pairedDifference(await curveOf('lstm-signal-take-all'), await curveOf('sensitivity'))!;
  await forward.close();
  expect(difference.count).toBe(samples.length);
  expect(difference.high).toBeLessThan(-0.1);
});
