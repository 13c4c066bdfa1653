import { readdirSync, readFileSync } from 'node:fs';
import { infer, tensor, facts, type Graph } from '@kirchhoff/graph';
import { makeRulebook, makePlan } from '@kirchhoff/rule';
import { relevance } from '@kirchhoff/relevance';
import { backends } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';

const docs = (dir: string) =>
  readdirSync(dir)
    .filter((f) => f.endsWith('.json'))
    .map((f) => ({ place: f, json: JSON.parse(readFileSync(`${dir}/${f}`, 'utf8')) as unknown }));
const right = <A>(e: E.Either<unknown, A>): A => {
  if (E.isLeft(e)) throw new Error(JSON.stringify(e.left, null, 1));
  return e.right;
};

test('alpha beta pin', async () => {
  const book = right(makeRulebook(docs('rules'), docs('rules/composites')));
  const graph: Graph = {
    name: 'pin',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    nodes: [{ name: 'y', op: 'Gemm', inputs: ['x', 'W', 'b'] }],
    outputs: ['y'],
    tensors: { W: { type: 'float32', shape: [2, 1], data: [1, -1] }, b: { type: 'float32', shape: [1], data: [-1] } },
  };
  const store = new Map(
    Object.entries(graph.tensors).map(([k, v]) => {
      const t = v as { type: 'float32'; shape: number[]; data: number[] };
      return [k, { type: t.type, shape: t.shape, read: () => Float32Array.from(t.data) }] as const;
    }),
  );
  const typed = right(infer(graph, store));
  for (const literal of [false, true])
    for (const alpha of [1, 2]) {
      const plan = right(
        makePlan(typed, book.composites.get('standard')!, book, {
          rule: { name: 'alpha-beta', parameters: { alpha } },
        }),
      );
      const ex = right(relevance(typed, plan, { target: { kind: 'argmax' }, literal }));
      for (const be of [backends.reference, backends.ort]) {
        const s = await be.compile(ex.graph, store);
        const out = await s.run({ x: tensor('float32', [1, 2], [1, 1]) });
        console.log(literal, alpha, be.name, out[ex.relevance['x']!]!.data, ex.passes);
        for (const l of ex.ledger)
          console.log(
            l.node,
            out[l.in]!.data,
            l.out && out[l.out]!.data,
            Object.fromEntries(Object.entries(l.leaks).map(([k, v]) => [k, out[v]!.data])),
          );
        expect(Array.from(out[ex.relevance['x']!]!.data as Float32Array)).toEqual(alpha === 1 ? [-1, 0] : [-2, 0.5]);
      }
    }
  expect(facts(typed).size).toBeGreaterThan(0);
});
