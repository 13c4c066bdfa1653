import { sizeOf, toNumbers, type Node } from '@kirchhoff/graph';
import { verifySays } from '@kirchhoff/message';
import { canonize } from '@kirchhoff/rewrite';
import type { Composite, Rule, RuleCase, Rulebook } from '@kirchhoff/rule';
import { makePlan } from '@kirchhoff/rule';
import * as fc from 'fast-check';
import { graphCounterexample, type Broken } from '../search/counterexample.js';
import { drawFrom, drawings, type Draw, type Drawing } from '../search/drawing.js';
import { drawNetwork } from '../search/network.js';
import { drawRecurrent } from '../search/recurrent.js';
import { difference, explainOnce, granted, greatest, planWith, run, typedOf } from '../search/run.js';
import { sketch } from '../search/sketch.js';
import { floats, inline, input, node, type Example } from '../search/single.js';
import type { NamedLaw } from './pair.js';
import { judged } from './refusal.js';
import { counterexampleOf } from './shrink.js';

const target = { kind: 'index', index: 0 } as const;

/** A law of whole graphs: draws them, and says where it is broken; undefined where a graph is not spoken of. */
const ofGraphs = (
  name: string,
  rules: readonly string[],
  draw: (draw: Draw) => Example,
  broken: (example: Example, book: Rulebook) => Promise<Broken | 'unspoken' | undefined>,
): NamedLaw => ({
  name,
  rules,
  check: async (book, effort) => {
    const rule: Rule = book.rules.get(rules[0]!)!;
    const ruleCase: RuleCase = rule.cases[0]!;
    const make = (drawing: Drawing): Example => draw(drawFrom(drawing));
    let cases = 0;
    const smallest = await counterexampleOf(
      fc.asyncProperty(drawings, async (drawing) => {
        const found = await judged(() => broken(make(drawing), book));
        fc.pre(found !== 'unspoken');
        cases += 1;
        return found === undefined;
      }),
      { seed: effort.seed, numRuns: Math.max(12, Math.round(effort.cases / 8)), maxSkipsPerRun: 200 },
    );
    if (smallest === undefined)
      return cases === 0
        ? { verdict: 'vacuous', evidence: verifySays.vacuous(name, 0), cases }
        : { verdict: 'tested', evidence: verifySays.tested(cases), cases };
    const example = make(smallest[0]);
    const found = await judged(() => broken(example, book));
    const what = typeof found === 'object' ? found : { says: name, expected: 0, got: 0 };
    const stored = graphCounterexample({ rule, ruleCase }, name, effort.seed, example, {}, what);
    const evidence = `${example.graph.nodes.map(({ op }) => op).join(', ')}: ${what.says}`;
    return { verdict: 'refuted', evidence, cases, counterexample: stored };
  },
});

const differing = (
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  scale: number,
  names: readonly [string, string],
): Broken | undefined => {
  const off = difference(found, wanted, 1e-9 * Math.max(1, scale));
  return (
    off && {
      says: verifySays.apart(
        ...names,
        `element ${off.at} is ${verifySays.figure(off.found)}, not ${verifySays.figure(off.wanted)}`,
      ),
      expected: off.wanted,
      got: off.found,
    }
  );
};

/** Convolutions and dense layers without bias, ReLUs and a maximum now and then. */
const drawRectified = (draw: Draw): Example => {
  const s = sketch(draw);
  const [channels, size, width] = [draw.integer(1, 2), draw.integer(1, 4), draw.integer(2, 4)];
  const kernel = Math.min(size, draw.integer(1, 3));
  const kernels = s.weights([width, channels, kernel, kernel], 1);
  let at = s.add('Relu', [s.add('Conv', ['image', kernels], { kernel_shape: [kernel, kernel] })]);
  let side = size - kernel + 1;
  if (side > 1 && draw.flag()) {
    at = s.add('MaxPool', [at], { kernel_shape: [2, 2] });
    side -= 1;
  }
  const inside = width * side ** 2;
  let output = s.add('Gemm', [s.add('Flatten', [at]), s.weights([inside, 2], 1)]);
  if (draw.flag()) output = s.add('Gemm', [s.add('Relu', [output]), s.weights([2, 2], 1)]);
  const shape = [1, channels, size, size];
  return {
    graph: {
      name: 'rectified',
      inputs: [input('image', shape, { low: -1, high: 1 })],
      nodes: s.nodes,
      outputs: [output],
      tensors: s.tensors,
    },
    inputs: { image: floats(shape, draw.fine(sizeOf(shape))) },
  };
};

/** Numbers that are not near 0. */
const distinct = (values: readonly number[]): number[] =>
  values.map((value, i) => (Math.abs(value) < 0.1 ? 0.4 + value : value) + (i % 7) / 64);

/** Layers whose bias and normalisation stand apart, as exporters write them, between smooth activations. */
const drawApart = (draw: Draw): Example => {
  const s = sketch(draw);
  const weights = (shape: readonly number[]): string => s.constant(inline(shape, distinct(draw.fine(sizeOf(shape)))));
  const [channels, size, width] = [draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 3)];
  let at = 'image';
  let from = channels;
  for (let depth = draw.integer(1, 2); depth > 0; depth--) {
    at = s.add('Conv', [at, weights([width, from, 1, 1])]);
    from = width;
    if (draw.flag()) at = s.add('Add', [at, s.constant(inline([width, 1, 1], distinct(draw.fine(width))))]);
    const numbers = Array.from({ length: 3 }, () => weights([width]));
    const variance = s.constant(inline([width], draw.fine(width, 0.5, 1.5)));
    at = s.add('Tanh', [s.add('BatchNormalization', [at, ...numbers, variance])]);
  }
  const flat = s.add('Flatten', [at]);
  const product = s.add('MatMul', [flat, weights([width * size ** 2, 2])]);
  const output = s.add('Add', [product, s.constant(inline([2], distinct(draw.fine(2))))]);
  const shape = [1, channels, size, size];
  return {
    graph: { name: 'apart', inputs: [input('image', shape)], nodes: s.nodes, outputs: [output], tensors: s.tensors },
    inputs: { image: floats(shape, distinct(draw.fine(sizeOf(shape)))) },
  };
};

const affineOps: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'Add',
  'AveragePool',
  'GlobalAveragePool',
  'ReduceMean',
]);

/** Node outputs of a graph, every one of them. */
const valuesOf = async (example: Example, nodes: readonly Node[]): Promise<readonly Float64Array[]> => {
  const typed = typedOf({ ...example.graph, outputs: nodes.map(({ name }) => name) });
  const values = await run(typed.graph, typed.store, example.inputs, 'reference');
  return nodes.map(({ name }) => toNumbers(values[name]!.data));
};

const zeroIsGradientTimesInput = ofGraphs(
  'zero is gradient × input without bias',
  ['zero', 'gradient'],
  drawRectified,
  async (example, book) => {
    const affine = example.graph.nodes.filter(({ op }) => affineOps.has(op));
    const values = await valuesOf(example, affine);
    // Near 0, both are far from themselves already by rounding.
    if (values.some((list) => list.some((value) => Math.abs(value) < 1e-6))) return 'unspoken';
    const typed = typedOf(example.graph);
    const zero = book.rules.get('zero')!;
    const gradient = book.composites.get('gradient');
    if (gradient === undefined) return 'unspoken';
    const one = await explainOnce(typed, planWith(typed, book, zero, zero.cases[0]!, {}), example.inputs, { target });
    const two = await explainOnce(typed, granted(makePlan(typed, gradient, book)), example.inputs, {
      target,
      seed: 'one',
    });
    const x = toNumbers(example.inputs['image']!.data);
    const product = two.at('image').map((slope, i) => slope * x[i]!);
    const passed = greatest(product, ...one.explanation.ledger.map(({ magnitude }) => one.of(magnitude)));
    return differing(one.at('image'), product, 1e3 * passed, ['zero', 'gradient × input']);
  },
);

const canonizedKeepsValues = ofGraphs(
  'canonizing keeps every value',
  ['zero'],
  (draw) => (draw.flag() ? drawRecurrent(draw) : drawNetwork(draw)),
  async ({ graph, inputs }) => {
    const typed = typedOf(graph);
    const { typed: canonical } = granted(canonize(typed));
    const [name] = graph.outputs;
    const [own] = canonical.graph.outputs;
    const before = toNumbers((await run(typed.graph, typed.store, inputs, 'reference'))[name!]!.data);
    const after = toNumbers((await run(canonical.graph, canonical.store, inputs, 'reference'))[own!]!.data);
    return differing(after, before, 10 * greatest(before), ['the canonical graph', 'the original']);
  },
);

const canonizedKeepsZero = ofGraphs(
  'canonizing keeps relevance under rule zero',
  ['zero'],
  drawApart,
  async ({ graph, inputs }, book) => {
    const typed = typedOf(graph);
    const { typed: canonical, log } = granted(canonize(typed));
    if (log.length === 0) return 'unspoken';
    const normal = graph.nodes.filter(({ op }) => affineOps.has(op) || op === 'BatchNormalization');
    const values = await valuesOf({ graph, inputs }, normal);
    if (values.some((list) => list.some((value) => Math.abs(value) < 1e-6))) return 'unspoken';
    const zero = book.rules.get('zero')!;
    const [one, two] = await Promise.all(
      [typed, canonical].map((which) =>
        explainOnce(which, planWith(which, book, zero, zero.cases[0]!, {}), inputs, { target }),
      ),
    );
    const passed = greatest(one!.at('image'), ...one!.explanation.ledger.map(({ magnitude }) => one!.of(magnitude)));
    return differing(two!.at('image'), one!.at('image'), 1e3 * passed, ['canonical', 'original']);
  },
);

/** Every affine node is followed by a ReLU, biases are not above 0; inputs are in a box around 0. */
const drawDeepTaylor = (draw: Draw): Example => {
  const [inside, width, depth] = [draw.integer(1, 4), draw.integer(1, 4), draw.integer(1, 3)];
  const tensors: Record<string, ReturnType<typeof inline>> = {};
  const nodes: Node[] = [];
  let at = 'x';
  let from = inside;
  for (let layer = 1; layer <= depth; layer++) {
    const to = layer === depth ? 1 : width;
    tensors[`W${layer}`] = inline([from, to], draw.fine(from * to, -1, 1));
    tensors[`B${layer}`] = inline([to], draw.fine(to, -0.2, 0));
    nodes.push(
      node(`dense${layer}`, 'Gemm', [at, `W${layer}`, `B${layer}`]),
      node(`relu${layer}`, 'Relu', [`dense${layer}`]),
    );
    at = `relu${layer}`;
    from = to;
  }
  return {
    graph: {
      name: 'deep-taylor',
      inputs: [input('x', [1, inside], { low: -1, high: 1 })],
      nodes,
      outputs: [at],
      tensors,
    },
    inputs: { x: floats([1, inside], draw.fine(inside)) },
  };
};

const deepTaylor: Composite = {
  name: 'deep Taylor',
  summary: '',
  cite: [],
  rows: [
    { match: { weighted: true, first: true }, rule: 'z-box', parameters: { stabilizer: 0 }, place: 'deep Taylor' },
    { match: { weighted: true }, rule: 'z-plus', parameters: { stabilizer: 0 }, place: 'deep Taylor' },
    { match: { kind: 'elementwise' }, rule: 'pass', parameters: {}, place: 'deep Taylor' },
  ],
  canonizers: [],
  seed: 'value',
  finish: undefined,
  quantity: undefined,
};

const deepTaylorIsConsistent = ofGraphs(
  'deep Taylor is consistent (Montavon et al. 2017)',
  ['z-plus', 'z-box', 'pass'],
  drawDeepTaylor,
  async ({ graph, inputs }, book) => {
    const typed = typedOf(graph);
    const value = toNumbers((await run(graph, typed.store, inputs, 'reference'))[graph.outputs[0]!]!.data)[0]!;
    if (!(value > 0)) return 'unspoken';
    const { at } = await explainOnce(typed, granted(makePlan(typed, deepTaylor, book)), inputs, { target });
    const map = at('x');
    const least = Math.min(...map);
    if (least < -1e-9 * Math.max(1, value)) return { says: verifySays.negativeMessage(least), expected: 0, got: least };
    return differing([map.reduce((sum, v) => sum + v, 0)], [value], value, ['Σ relevance', 'f(x)']);
  },
);

/** Laws of whole graphs between rules by name. */
export const wholeLaws: readonly NamedLaw[] = [
  zeroIsGradientTimesInput,
  canonizedKeepsValues,
  canonizedKeepsZero,
  deepTaylorIsConsistent,
];
