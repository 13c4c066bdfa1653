import { infer, type Attributes, type Graph, type Node, type OpName, type Tensor } from '@kirchhoff/graph';
import { compareSays, problem, Refusal } from '@kirchhoff/message';
import { backends } from '@kirchhoff/runtime';
import { openPropagator, oneHot, openForward, orThrow } from './engine.js';
import type { Attribution, Method } from './method.js';
import { remainders } from './propagated.js';
import { batchOf, floats, rowsOf } from './rows.js';
import { computedNodes, scoresOf, type Subject } from './subject.js';

/** y′ from x and y, where the difference of inputs is too small to divide by. */
type Slope = (x: number, y: number, attrs: Attributes) => number;

const slopes: Partial<Record<OpName, Slope>> = {
  Relu: (x) => (x > 0 ? 1 : 0),
  LeakyRelu: (x, _, attrs) => (x > 0 ? 1 : Number(attrs['alpha'] ?? 0.01)),
  Sigmoid: (_, y) => y * (1 - y),
  Tanh: (_, y) => 1 - y * y,
};

const linear: readonly OpName[] = [
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'Add',
  'Sub',
  'Sum',
  'Mean',
  'AveragePool',
  'GlobalAveragePool',
  'ReduceSum',
  'ReduceMean',
  'BatchNormalization',
  'Neg',
  'MaxPool',
  'GlobalMaxPool',
  'Flatten',
  'Reshape',
  'Transpose',
  'Concat',
  'Slice',
  'Pad',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Dropout',
];

/** Differences below this are not divided by: the slope serves. */
const least = 1e-6;

const multiplier = (name: string): string => `${name}/multiplier`;
const offset = (name: string): string => `${name}/offset`;

/** The model with each activation y = f(x) replaced by x·m + c, m and c being inputs. */
const linearise = (subject: Subject, activations: readonly Node[]): Subject => {
  const { graph, store, types } = subject.model.typed;
  const replaced = new Set(activations);
  const nodes = graph.nodes.flatMap((node): readonly Node[] =>
    replaced.has(node)
      ? [
          { name: `${node.name}/scaled`, op: 'Mul', inputs: [node.inputs[0]!, multiplier(node.name)] },
          { name: node.name, op: 'Add', inputs: [`${node.name}/scaled`, offset(node.name)] },
        ]
      : [node],
  );
  const given = activations.flatMap(({ name }) => {
    const { shape } = types.get(name)!;
    return [multiplier(name), offset(name)].map((input) => ({ name: input, type: 'float32' as const, shape }));
  });
  const changed: Graph = { ...graph, inputs: [...graph.inputs, ...given], nodes };
  return { ...subject, model: { ...subject.model, typed: orThrow(infer(changed, store)) } };
};

const notLinear = (subject: Subject): readonly string[] => {
  return [
    ...new Set(computedNodes(subject).flatMap(({ op }) => (slopes[op] || linear.includes(op) ? [] : [op as string]))),
  ];
};

/**
 * DeepLIFT's rescale rule: every activation is the line through (x̃, f(x̃)) and (x, f(x)), m = Δy/Δx, and contributions are
 * multiplier × Δx (Shrikumar et al. 2017, section 3.5.2). A maximum passes to the winner of x; what that leaves open is the
 * ledger's remainder to f(x) − f(x̃).
 */
export const deepLift: Method = {
  summary: 'Differences from a baseline, handed back through activations as slopes of secants.',
  cite: ['Shrikumar et al. 2017, Learning Important Features Through Propagating Activation Differences'],
  needs: ['baseline'],
  complete: true,
  parameters: {},
  open: async (subject) => {
    const wrong = notLinear(subject);
    if (wrong.length > 0)
      throw new Refusal(wrong.map((op) => problem('deeplift-rescale', compareSays.notRescalable(op))));
    const { graph, store } = subject.model.typed;
    const activations = computedNodes(subject).filter(({ op }) => slopes[op] !== undefined);
    const seen = [...new Set(activations.flatMap(({ name, inputs }) => [inputs[0]!, name]))];
    const watched = seen.filter((name) => name !== subject.input.name);
    const inner = await backends.ort.compile(graph, store, { outputs: [...watched, subject.output] });
    const scores = await openForward(subject);
    const gradient = await openPropagator(linearise(subject, activations), 'gradient');
    const batch = 32;

    const part = async (x: Tensor, targets: readonly number[]): Promise<Tensor> => {
      const base = batchOf(x.shape, new Float32Array(x.data.length).fill(subject.baseline));
      const here = { ...(await inner.run({ [subject.input.name]: x })), [subject.input.name]: x };
      const there = { ...(await inner.run({ [subject.input.name]: base })), [subject.input.name]: base };
      const lines: Record<string, Tensor> = {};
      for (const { name, op, inputs, attrs = {} } of activations) {
        const [x1, y1] = [floats(here[inputs[0]!]!), floats(here[name]!)];
        const [x0, y0] = [floats(there[inputs[0]!]!), floats(there[name]!)];
        const m = new Float32Array(y1.length);
        const c = new Float32Array(y1.length);
        for (let i = 0; i < m.length; i++) {
          const step = x1[i]! - x0[i]!;
          m[i] = Math.abs(step) < least ? slopes[op]!(x1[i]!, y1[i]!, attrs) : (y1[i]! - y0[i]!) / step;
          c[i] = y1[i]! - m[i]! * x1[i]!;
        }
        lines[multiplier(name)] = batchOf(here[name]!.shape, m);
        lines[offset(name)] = batchOf(here[name]!.shape, c);
      }
      const { map } = await gradient.run(x, oneHot(targets, subject.classes), lines);
      return batchOf(
        x.shape,
        floats(map).map((slope, i) => slope * (Number(x.data[i]) - subject.baseline)),
      );
    };
    return {
      passes: gradient.passes * 2,
      plan: [],
      close: async () => {
        await inner.close();
        await scores.close();
        await gradient.close();
      },
      run: async (x, targets, progress): Promise<Attribution> => {
        const out = new Float32Array(x.data.length);
        for (let from = 0; from < targets.length; from += batch) {
          const to = Math.min(targets.length, from + batch);
          const { data } = await part(rowsOf(x, from, to), targets.slice(from, to));
          out.set(floats({ type: 'float32', shape: [data.length], data }), (from * out.length) / targets.length);
          progress?.(to, targets.length);
        }
        const map = batchOf(x.shape, out);
        const base = batchOf(x.shape, new Float32Array(x.data.length).fill(subject.baseline));
        const from = scoresOf(await scores.run(base), targets);
        const explained = scoresOf(await scores.run(x), targets).map((score, n) => score - from[n]!);
        return { map, ledgers: remainders(explained, map) };
      },
    };
  },
};
