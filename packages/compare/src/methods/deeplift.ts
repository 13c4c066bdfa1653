import {
  attributesOf,
  infer,
  outputsOf,
  sizeOf,
  type Attributes,
  type Graph,
  type Node,
  type OpName,
  type Tensor,
} from '@kirchhoff/graph';
import { compareSays, problem, Refusal } from '@kirchhoff/message';
import { backends } from '@kirchhoff/runtime';
import { most, openPropagator, oneHot, openForward, orThrow } from './engine.js';
import { elementsAt, isMaximum, winnersOf, withIndices } from './maxima.js';
import type { Attribution, Method } from './method.js';
import { remainders } from './propagated.js';
import { batchOf, floats, rowsOf } from './rows.js';
import { computedNodes, scoresOf, type Subject } from './subject.js';

/** y′ from x and y, where the difference of inputs is not divided by. */
interface Slope {
  readonly at: (x: number, y: number, attrs: Attributes) => number;
  /** Differences below this are not divided by: their quotient would be rounding. */
  readonly least: number;
}

const slopes: Partial<Record<OpName, Slope>> = {
  Relu: { at: (x) => (x > 0 ? 1 : 0), least: 0 },
  LeakyRelu: { at: (x, _, { alpha }) => (x > 0 ? 1 : Number(alpha)), least: 0 },
  Sigmoid: { at: (_, y) => y * (1 - y), least: 1e-6 },
  Tanh: { at: (_, y) => 1 - y * y, least: 1e-6 },
};

const linear: readonly OpName[] = [
  'Add',
  'Sub',
  'Sum',
  'Mean',
  'AveragePool',
  'GlobalAveragePool',
  'ReduceSum',
  'ReduceMean',
  'Neg',
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

/** Linear in each operand: linear where one of them alone is computed. */
const products: readonly OpName[] = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Mul', 'Div', 'BatchNormalization'];

const multiplier = (name: string): string => `${name}/multiplier`;
const offset = (name: string): string => `${name}/offset`;
const winner = (name: string): string => `${name}/winner`;

/** y = x·m + c, for a maximum y = xᵢ·m + c with i the element of the sample that it is given to; m, c and i are inputs. */
const lineOf = (node: Node): readonly Node[] => {
  const { name } = node;
  const [x] = node.inputs;
  const picked: readonly Node[] = [
    { name: `${name}/flat`, op: 'Flatten', inputs: [x!], attrs: { axis: 1 } },
    { name: `${name}/picked`, op: 'GatherElements', inputs: [`${name}/flat`, winner(name)], attrs: { axis: 1 } },
    { name: `${name}/shape`, op: 'Shape', inputs: [multiplier(name)] },
    { name: `${name}/placed`, op: 'Reshape', inputs: [`${name}/picked`, `${name}/shape`] },
  ];
  const from = isMaximum(node) ? picked.at(-1)!.name : x!;
  return [
    ...(isMaximum(node) ? picked : []),
    { name: `${name}/scaled`, op: 'Mul', inputs: [from, multiplier(name)] },
    { name, op: 'Add', inputs: [`${name}/scaled`, offset(name)] },
  ];
};

/** The model with each activation and each maximum replaced by its line. */
const linearise = (subject: Subject, bent: readonly Node[]): Subject => {
  const { graph, store, types } = subject.model.typed;
  const replaced = new Set(bent);
  const nodes = graph.nodes.flatMap((node) => (replaced.has(node) ? lineOf(node) : [node]));
  const given = bent.flatMap((node) => {
    const { shape } = types.get(node.name)!;
    const places = shape.slice(1);
    const count = places.every((dim) => typeof dim === 'number') ? sizeOf(places) : `${node.name}/places`;
    return [
      ...[multiplier(node.name), offset(node.name)].map((name) => ({ name, type: 'float32' as const, shape })),
      ...(isMaximum(node) ? [{ name: winner(node.name), type: 'int64' as const, shape: [shape[0]!, count] }] : []),
    ];
  });
  const changed: Graph = { ...graph, inputs: [...graph.inputs, ...given], nodes };
  return { ...subject, model: { ...subject.model, typed: orThrow(infer(changed, store)) } };
};

const isBent = (node: Node): boolean => slopes[node.op] !== undefined || isMaximum(node);

/** Operators that are neither linear in what is computed nor replaced by a line. */
const notRescalable = (subject: Subject): readonly string[] => {
  const nodes = computedNodes(subject);
  const computed = new Set([subject.input.name, ...nodes.flatMap(outputsOf)]);
  const isLinear = ({ op, inputs }: Node): boolean => {
    if (linear.includes(op)) return true;
    const [first, ...others] = inputs.slice(0, op === 'BatchNormalization' ? 5 : 2).map((name) => computed.has(name));
    return products.includes(op) && (op === 'Div' || first === true ? !others.includes(true) : true);
  };
  return [...new Set(nodes.flatMap((node) => (isBent(node) || isLinear(node) ? [] : [node.op as string])))];
};

type Ends<A> = readonly [from: A, to: A];

/** The lines y = x·m + c of a node through (x₀, y₀) and (x₁, y₁), element by element. */
const secants = (
  node: Node,
  x: Ends<Float32Array>,
  y: Ends<Float32Array>,
): { readonly m: Float32Array; readonly c: Float32Array } => {
  const slope = slopes[node.op];
  const attrs = attributesOf(node);
  const [m, c] = [new Float32Array(y[1].length), new Float32Array(y[1].length)];
  for (let i = 0; i < m.length; i++) {
    const [from, to] = [x[0][i]!, x[1][i]!];
    const step = to - from;
    const flat = step === 0 || Math.abs(step) < (slope?.least ?? 0);
    m[i] = flat ? (slope?.at(to, y[1][i]!, attrs) ?? 1) : (y[1][i]! - y[0][i]!) / step;
    c[i] = y[1][i]! - m[i]! * to;
  }
  return { m, c };
};

/**
 * What a node's line is given: m and c, and for a maximum its winner, that of x where the maximum rose and that of the
 * baseline where it fell. There its input changed by at least as much, so that 0 ≤ m ≤ 1.
 */
const linesOf = (
  node: Node,
  [there, here]: Ends<Readonly<Record<string, Tensor>>>,
): Readonly<Record<string, Tensor>> => {
  const { name } = node;
  const [from, to] = [there[node.inputs[0]!]!, here[node.inputs[0]!]!];
  const { shape } = here[name]!;
  const y: Ends<Float32Array> = [floats(there[name]!), floats(here[name]!)];
  const given = (x: Ends<Float32Array>): Readonly<Record<string, Tensor>> => {
    const { m, c } = secants(node, x, y);
    return { [multiplier(name)]: batchOf(shape, m), [offset(name)]: batchOf(shape, c) };
  };
  if (!isMaximum(node)) return given([floats(from), floats(to)]);
  const [before, after] = [winnersOf(node, there), winnersOf(node, here)];
  const places = after.map((at, i) => (y[1][i]! >= y[0][i]! ? at : before[i]!));
  const data = BigInt64Array.from(places, BigInt);
  const count = shape[0]!;
  return {
    ...given([elementsAt(from, places), elementsAt(to, places)]),
    [winner(name)]: { type: 'int64', shape: [count, data.length / count], data },
  };
};

/**
 * DeepLIFT's rescale rule: every activation is the line through (x̃, f(x̃)) and (x, f(x)), m = Δy/Δx, and contributions are
 * multiplier × Δx (Shrikumar et al. 2017, section 3.5.2). A maximum's change goes to the winner of x where it rose and to that of
 * the baseline where it fell, also as a secant. Σ is f(x) − f(x̃).
 */
export const deepLift: Method = {
  summary: 'Differences from a baseline, handed back through activations as slopes of secants.',
  cite: ['Shrikumar et al. 2017, Learning Important Features Through Propagating Activation Differences'],
  needs: ['baseline'],
  complete: 'exact',
  parameters: {},
  open: async (subject) => {
    const wrong = notRescalable(subject);
    if (wrong.length > 0)
      throw new Refusal(wrong.map((op) => problem('deeplift-rescale', compareSays.notRescalable(op))));
    const { graph, store } = subject.model.typed;
    const bent = computedNodes(subject).filter(isBent);
    const watching = withIndices(graph);
    const seen = new Set([...bent.flatMap(({ name, inputs }) => [inputs[0]!, name]), ...watching.indices]);
    const watched = [...seen].filter((name) => name !== subject.input.name);
    const inner = await backends.ort.compile(watching.graph, store, { outputs: [...watched, subject.output] });
    const scores = await openForward(subject);
    const gradient = await openPropagator(linearise(subject, bent), 'gradient');

    const part = async (x: Tensor, targets: readonly number[]): Promise<Tensor> => {
      const base = batchOf(x.shape, new Float32Array(x.data.length).fill(subject.baseline));
      const valuesAt = async (given: Tensor): Promise<Readonly<Record<string, Tensor>>> => ({
        ...(await inner.run({ [subject.input.name]: given })),
        [subject.input.name]: given,
      });
      const ends: Ends<Readonly<Record<string, Tensor>>> = [await valuesAt(base), await valuesAt(x)];
      const lines: Record<string, Tensor> = {};
      for (const node of bent) Object.assign(lines, linesOf(node, ends));
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
        for (let from = 0; from < targets.length; from += most) {
          const to = Math.min(targets.length, from + most);
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
