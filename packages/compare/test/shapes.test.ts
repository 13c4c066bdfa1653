import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pixelsToTensor, readNpy, type Model } from '@kirchhoff/explain';
import { loadModel } from '@kirchhoff/explain/node';
import { toNumbers } from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import { makeRulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import {
  agreements,
  type Case,
  estimate,
  judge,
  type Judgement,
  makeSubject,
  mapsOf,
  type MethodRequest,
  openForward,
  openMethod,
  pairedDifference,
  randomise,
  rowOf,
  type Subject,
  weightsOf,
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

const book = right(makeRulebook(documents('rules'), documents('rules/composites')));
const folder = `${root}models/shapes-cnn`;
const npy = (name: string) => right(readNpy(readFileSync(`${folder}/samples/${name}.npy`), name));

const open = async (count: number): Promise<{ readonly subject: Subject; readonly cases: readonly Case[] }> => {
  const model = right(await loadModel(folder));
  const subject = right(makeSubject(model, book));
  const spec = model.document?.inputs['image'];
  if (spec === undefined || !('image' in spec)) throw new Error('no picture');
  const [images, masks] = [npy('images'), npy('masks')];
  const forward = await openForward(subject);
  const cases: Case[] = [];
  for (let n = 0; n < count; n++) {
    const data = rowOf(images, n).data as Uint8Array;
    const x = right(pixelsToTensor({ width: 64, height: 64, channels: 3, data }, spec.image));
    const [target] = winnersOf(await forward.run(x));
    cases.push({ name: String(n), x, target: target!, mask: rowOf(masks, n).data as Uint8Array });
  }
  await forward.close();
  return { subject, cases };
};

const judged = async (
  request: MethodRequest,
  { subject, cases }: Awaited<ReturnType<typeof open>>,
  metrics: Parameters<typeof judge>[6]['metrics'],
): Promise<Judgement> => {
  const method = right(await openMethod(subject, request));
  const forward = await openForward(subject);
  const maps = await mapsOf(method, cases);
  const found = await judge(request, method, subject, forward, cases, maps, { metrics, steps: 6, across: 8 });
  await forward.close();
  await method.close();
  return found;
};

describe('shapes-cnn, over its 96 samples', () => {
  it('LRP finds what the decision rests on better than chance: flipping and masks, with intervals clear of 0', async () => {
    const ground = await open(96);
    const metrics = ['flipping-most-relevant', 'mass-accuracy', 'rank-accuracy'] as const;
    const lrp = await judged({ name: 'epsilon-plus-flat', settings: {} }, ground, metrics);
    const random = await judged({ name: 'random', settings: {} }, ground, metrics);
    const flipping = pairedDifference(
      lrp.metrics['flipping-most-relevant']!,
      random.metrics['flipping-most-relevant']!,
    )!;
    expect(flipping.count).toBe(96);
    expect(flipping.high).toBeLessThan(0);
    const mass = pairedDifference(lrp.metrics['mass-accuracy']!, random.metrics['mass-accuracy']!)!;
    expect(mass.low).toBeGreaterThan(0.2);
    const share = estimate(random.metrics['mass-accuracy']!)!;
    const area = ground.cases.reduce((sum, { mask }) => sum + mask!.reduce((n, v) => n + v, 0) / mask!.length, 0) / 96;
    expect(Math.abs(share.mean - area)).toBeLessThan(0.01);
    expect(lrp.constant).toBe(0);
  });

  it('stability and randomisation: values for every sample; shuffled weights change maps; random maps move wholly', async () => {
    const ground = await open(2);
    const metrics = ['max-sensitivity', 'continuity', 'randomisation-cascading', 'randomisation-independent'] as const;
    const found = await judged({ name: 'gradient', settings: {} }, ground, metrics);
    for (const name of metrics) expect(found.metrics[name]!.every((value) => value !== null)).toBe(true);
    for (const value of found.metrics['randomisation-cascading']!) expect(value!).toBeLessThan(0.9);
    const random = await judged({ name: 'random', settings: {} }, ground, ['max-sensitivity']);
    for (const value of random.metrics['max-sensitivity']!) expect(value!).toBeGreaterThan(1);
  });

  it('shuffled weights are the same numbers in another order, and no other weights change', async () => {
    const model = right(await loadModel(folder));
    const [first, second] = weightsOf(model);
    const changed = right(randomise(model, [second!], 1));
    const values = ({ typed }: Model, name: string): readonly number[] => [...toNumbers(typed.store.get(name)!.read())];
    expect(values(changed, first!)).toEqual(values(model, first!));
    expect(values(changed, second!)).not.toEqual(values(model, second!));
    expect(values(changed, second!).toSorted((a, b) => a - b)).toEqual(
      values(model, second!).toSorted((a, b) => a - b),
    );
    expect(values(right(randomise(model, [second!], 1)), second!)).toEqual(values(changed, second!));
  });

  it('a method agrees with itself', async () => {
    const { subject, cases } = await open(2);
    const method = right(await openMethod(subject, { name: 'gradient', settings: {} }));
    const { maps } = await mapsOf(method, cases);
    await method.close();
    const self = agreements([maps])[0]![0]!;
    expect(self.spearman!).toBeCloseTo(1, 10);
    expect(self.cosine!).toBeCloseTo(1, 10);
    expect(self.top).toBe(1);
  });
});
