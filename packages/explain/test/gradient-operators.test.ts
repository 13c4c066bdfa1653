import { explain, prepareModel } from '@kirchhoff/explain';
import { opNames, tensor, toNumbers, type Attributes, type Graph, type OpName, type Tensor } from '@kirchhoff/graph';
import { canonizers } from '@kirchhoff/rewrite';
import { findComposite } from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import type { Case } from '../../runtime/test/cases/build.js';
import { cases } from '../../runtime/test/cases/table.js';
import { book, difference, drawer, greatest, right, sizeOf } from './support.js';

type Inputs = Readonly<Record<string, Tensor>>;
type Float = 'float32' | 'float64';

/** The same number everywhere, but off the grid of eighths that cases are drawn on: no two alike, nothing at a kink. */
const aside = ({ inputs }: Case): Inputs => {
  const draw = drawer(5);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      if (value.type !== 'float32') return [name, value];
      const off = draw.fine(value.data.length, 0.01, 0.04);
      const data = [...toNumbers(value.data)].map((v, i) => Math.fround(v * (1 - off[i]!) + off[i]! / 7));
      return [name, tensor('float32', value.shape, data)];
    }),
  );
};

/** The outputs of a case, weighted and summed to one number. */
const summed = ({ graph }: Case, values: Inputs): Graph | undefined => {
  const draw = drawer(7);
  const parts = Object.entries(values).filter(([, { type, data }]) => type.startsWith('float') && data.length > 0);
  if (parts.length === 0) return undefined;
  const weights = parts.map(([name, { shape }]) => [
    `${name}.weight`,
    { type: 'float32' as const, shape, data: draw.fine(sizeOf(shape), 0.5, 1.5) },
  ]);
  const scores = parts.map(([name]) => `${name}.score`);
  return {
    ...graph,
    nodes: [
      ...graph.nodes,
      ...parts.flatMap(([name]) => [
        { name: `${name}.real`, op: 'Cast' as const, inputs: [name], attrs: { to: 1 } },
        { name: `${name}.weighted`, op: 'Mul' as const, inputs: [`${name}.real`, `${name}.weight`] },
        { name: `${name}.score`, op: 'ReduceSum' as const, inputs: [`${name}.weighted`], attrs: { keepdims: 0 } },
      ]),
      { name: 'score', op: 'Sum', inputs: scores },
      { name: 'out', op: 'Reshape', inputs: ['score', 'one.one'] },
    ],
    outputs: ['out'],
    tensors: {
      ...graph.tensors,
      ...Object.fromEntries(weights),
      'one.one': { type: 'int64', shape: [2], data: [1, 1] },
    },
  };
};

/** A graph and its inputs in another precision. */
const inFloats = (value: unknown, float: Float): unknown => {
  if (value instanceof Float32Array) return value;
  if (Array.isArray(value)) return value.map((one) => inFloats(one, float));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key === 'type' && one === 'float32') return [key, float];
      return [key, key === 'to' && one === 1 ? 11 : inFloats(one, float)];
    }),
  );
};

/** float64 everywhere but where the operator takes float32 alone. */
const precise = (graph: Graph): Graph => {
  const [{ op, inputs }] = graph.nodes as [Graph['nodes'][0]];
  if (op === 'Celu') return graph;
  const kept = op === 'Resize' ? [inputs[2]!] : [];
  const tensors = Object.entries(graph.tensors).filter(([name]) => kept.includes(name));
  const wide = inFloats(graph, 'float64') as Graph;
  return { ...wide, tensors: { ...wide.tensors, ...Object.fromEntries(tensors) } };
};

const runOf = async (graph: Graph, on: Backend['name']) => backends[on].compile(graph, new Map(), { threads: 1 });

const gradientOf = async (graph: Graph, inputs: Inputs, backend: Backend['name'], without: readonly string[]) => {
  const batchAxes = Object.fromEntries(graph.inputs.map(({ name }) => [name, 'none' as const]));
  const model = right(prepareModel('operator', graph, new Map(), undefined, { without, batchAxes }));
  return right(
    await explain(model, right(findComposite(book, 'gradient')), book, inputs, {
      backend,
      target: { kind: 'index', index: 0 },
      compile: { threads: 1 },
    }),
  ).relevance;
};

const heads = ['strip-softmax-head', 'strip-sigmoid-head'];
/** Without these, no operator is read as another; cells have no derivative but by their gates, nor layers of computed weights but by their products. */
const every = canonizers
  .map(({ name }) => name)
  .filter((name) => name !== 'write-out-gates' && name !== 'write-out-computed-weights');

const checked = async (example: Case, without: readonly string[]): Promise<void> => {
  const inputs = aside(example);
  const forward = await runOf(example.graph, 'reference');
  const values = await forward.run(inputs);
  const graph = summed(example, values);
  if (graph === undefined) return;
  const draw = drawer(11);
  const real = Object.entries(inputs).filter(([, { type }]) => type === 'float32');
  const wide = precise(graph);
  const float = wide === graph ? 'float32' : 'float64';
  const [step, tolerance] = float === 'float32' ? [2 ** -10, 1e-3] : [1e-6, 1e-5];
  const score = await runOf(wide, 'reference');
  const doubled = (moved: (name: string, i: number) => number): Inputs =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [
        name,
        value.type === 'float32'
          ? tensor(
              float,
              value.shape,
              [...toNumbers(value.data)].map((v, i) => v + moved(name, i)),
            )
          : value,
      ]),
    );
  const exact = await gradientOf(
    wide,
    doubled(() => 0),
    'reference',
    without,
  );
  const single = await gradientOf(graph, inputs, 'ort', without);
  for (let k = 0; k < 3; k++) {
    const direction = Object.fromEntries(real.map(([name, { data }]) => [name, draw.fine(data.length)]));
    const at = async (sign: number): Promise<number> =>
      toNumbers((await score.run(doubled((name, i) => sign * step * direction[name]![i]!)))['out']!.data)[0]!;
    const slope = ((await at(1)) - (await at(-1))) / (2 * step);
    const parts = real.flatMap(([name]) => [...toNumbers(exact[name]!.data)].map((v, i) => v * direction[name]![i]!));
    const along = parts.reduce((sum, v) => sum + v, 0);
    const scale = Math.max(1, ...parts.map(Math.abs), Math.abs(slope));
    expect(difference([along], [slope], tolerance * scale)).toBeUndefined();
  }
  for (const [name] of real) {
    const [found, wanted] = [toNumbers(single[name]!.data), toNumbers(exact[name]!.data)];
    expect(difference(found, wanted, 1e-4 * Math.max(1, greatest(wanted))), name).toBeUndefined();
  }
};

/** What is refused, each with the sentence that says why. */
const refused: Partial<Record<OpName, (attrs: Attributes) => boolean>> = {
  Resize: ({ coordinate_transformation_mode: mode, keep_aspect_ratio_policy: policy }) =>
    mode === 'tf_crop_and_resize' || (policy !== undefined && policy !== 'stretch'),
  RNN: ({ activations }) => Array.isArray(activations) && activations.includes('Affine'),
};

/** Cases of an operator with real numbers among what is computed, whose derivative is stated. */
const examplesOf = (op: OpName): readonly Case[] =>
  cases[op].filter(({ inputs, graph }) => {
    const attrs = graph.nodes[0]!.attrs ?? {};
    return Object.values(inputs).some(({ type }) => type === 'float32') && refused[op]?.(attrs) !== true;
  });

describe.each(opNames.filter((op) => examplesOf(op).length > 0))('%s', (op) => {
  test.each(examplesOf(op).map((one) => [one.title, one] as const))('%s', async (_, example) => {
    await checked(example, heads);
    await checked(example, every);
  });
});
