import {
  infer,
  outputsOf,
  resolveTensors,
  sizeOf,
  tensor,
  toNumbers,
  type Graph,
  type InlineTensor,
  type Node,
} from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import { reference } from '@kirchhoff/runtime';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { applyPatches, enablePatches, type Patch } from 'immer';
import { describe, expect, test } from 'vitest';
import { canonize, type Canonized } from '../src/index.js';

enablePatches();

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

/** A case: the shape of the input, nodes, shapes of weights (drawn), and integers (fixed). */
export interface Case {
  readonly name: string;
  readonly rewrite: string;
  readonly shape: readonly number[];
  readonly nodes: readonly Node[];
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  /** Real numbers without axes (fixed). */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Operators of the canonical graph that are no constants and depend on the input. */
  readonly left: readonly string[];
}

export const node = (name: string, op: Node['op'], inputs: readonly string[], attrs?: Node['attrs']): Node => ({
  name,
  op,
  inputs,
  ...(attrs && { attrs }),
});

/** Weights from one list of numbers; variances are kept positive and factors away from 0. */
const build = ({ shape, nodes, weights = {}, ints = {}, numbers: fixed = {} }: Case, numbers: readonly number[]) => {
  let at = 0;
  const draw = (): number => numbers[at++ % numbers.length]!;
  const drawn = Object.entries(weights).map(([name, dims]): [string, InlineTensor] => {
    const values = Array.from({ length: sizeOf(dims) }, draw);
    const positive = name === 'variance' || name === 's';
    return [
      name,
      { type: 'float32', shape: dims, data: positive ? values.map((v) => Math.fround(Math.abs(v) + 0.25)) : values },
    ];
  });
  const whole = Object.entries(ints).map(([name, data]): [string, InlineTensor] => [
    name,
    { type: 'int64', shape: [data.length], data },
  ]);
  const scalars = Object.entries(fixed).map(([name, value]): [string, InlineTensor] => [
    name,
    { type: 'float32', shape: [], data: [Math.fround(value)] },
  ]);
  const graph: Graph = {
    name: 'g',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', ...shape] }],
    nodes,
    outputs: ['y'],
    tensors: Object.fromEntries([...drawn, ...whole, ...scalars]),
  };
  const store = right(resolveTensors(graph, () => E.left([])));
  const size = 2 * sizeOf(shape);
  const x = tensor('float32', [2, ...shape], Array.from({ length: size }, draw));
  return { typed: right(infer(graph, store)), x };
};

const run = async ({ typed }: Canonized, x: ReturnType<typeof tensor>): Promise<readonly number[]> => {
  const session = await reference.compile(typed.graph, typed.store);
  const outputs = await session.run({ x });
  return [...toNumbers(Object.values(outputs)[0]!.data)];
};

/** Operators that depend on the input, by way of data rather than shape. */
const computed = ({ typed }: Canonized): readonly string[] => {
  const live = new Set(['x']);
  return typed.graph.nodes.flatMap((node) => {
    if (!node.inputs.some((input) => live.has(input)) || node.op === 'Shape') return [];
    outputsOf(node).forEach((output) => live.add(output));
    return [node.op];
  });
};

/** Tests that the rewrite of each case is sound, and does what it should. */
export const testSoundness = (cases: readonly Case[]): void => {
  describe.each(cases)('$rewrite: $name', (one) => {
    test('keeps every value, and is logged so that its patches lead to the same graph', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 37, maxLength: 37 }),
          async (numbers) => {
            const { typed, x } = build(one, numbers);
            const after = right(canonize(typed));
            const wanted = await run({ typed, log: [] }, x);
            const found = await run(after, x);
            const scale = Math.max(1, ...wanted.map(Math.abs));
            expect(found).toHaveLength(wanted.length);
            found.forEach((value, i) => expect(Math.abs(value - wanted[i]!) / scale).toBeLessThan(1e-5));
            const patches = after.log.flatMap((entry): readonly Patch[] => entry.patches);
            expect(applyPatches(typed.graph, [...patches])).toEqual(after.typed.graph);
          },
        ),
        { seed: 42, numRuns: 8 },
      );
    });

    test('leaves these nodes', () => {
      const { typed } = build(one, [0.5, -1, 1.5]);
      const before = JSON.stringify(typed.graph);
      const after = right(canonize(typed));
      expect(computed(after)).toEqual(one.left);
      const done = after.log.map(({ rewrite }) => rewrite);
      // What prepares the input is marked; nothing changes by it.
      if (one.rewrite === '') expect(done.filter((rewrite) => rewrite !== 'mark-preamble')).toEqual([]);
      else expect(done).toContain(one.rewrite);
      expect(JSON.stringify(typed.graph)).toBe(before);
    });
  });
};
