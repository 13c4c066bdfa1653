import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explain, prepareModel, type Explained } from '@kirchhoff/explain';
import { readDocuments } from '@kirchhoff/explain/node';
import {
  opNames,
  sizeOf,
  tensor,
  type Attributes,
  type ElementType,
  type Graph,
  type InlineTensor,
  type Node,
  type OpName,
  type Tensor,
} from '@kirchhoff/graph';
import { graphSays, printProblems, ruleSays, type Problem } from '@kirchhoff/message';
import { makeRulebook, type Composite, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../src/outcome.js';
import { representativesOf, type Representative } from '../src/representative.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const root = fileURLToPath(new URL('../../..', import.meta.url));
const documents = (folder: string) => right(readDocuments(join(root, folder), folder));
const book: Rulebook = right(makeRulebook(documents('rules'), documents('rules/composites')));

/** What stands at each port of an operator ('' where nothing does; a variadic one twice), and the attributes that it needs. */
interface Case {
  readonly ports: readonly (InlineTensor | '')[];
  readonly attrs?: Attributes;
  /** Ports and attributes of another row. */
  readonly where?: Readonly<Record<string, Omit<Case, 'where'>>>;
}

const of = (type: ElementType, shape: readonly number[], data: readonly number[]): InlineTensor => ({
  type,
  shape,
  data,
});

/** Numbers between 0 and 1, no two neighbours alike. */
const floats = (shape: readonly number[], more = 0): InlineTensor =>
  of(
    'float32',
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => (((i * 7) % 11) + 1) / 12 + more),
  );

const ints = (...data: readonly number[]): InlineTensor => of('int64', [data.length], data);
const scalar = (value: number, type: ElementType = 'float32'): InlineTensor => of(type, [], [value]);
const bools = (...data: readonly number[]): InlineTensor => of('bool', [data.length], data);

const one: Case = { ports: [floats([2, 3])] };
const two: Case = { ports: [floats([2, 3]), floats([2, 3], 0.5)] };
const logical: Case = { ports: [bools(1, 0, 1), bools(1, 1, 0)] };
const reduced: Case = { ports: [floats([2, 3]), ints(1)] };
const picture: Case = { ports: [floats([1, 2, 4, 4])] };
const pooled: Case = { ...picture, attrs: { kernel_shape: [2, 2], strides: [2, 2] } };
const looked: Case = { ports: [floats([3, 2]), ints(2, 0)] };
const scattered: Case = { ports: [floats([3, 2]), of('int64', [1, 2], [2, 0]), floats([1, 2])] };
const scatteredRows: Case = { ports: [floats([3, 2]), of('int64', [1, 1], [2]), floats([1, 2])] };
const recurrent = (gates: number, ...initial: readonly (InlineTensor | '')[]): Case => ({
  ports: [
    floats([3, 1, 2]),
    floats([1, 2 * gates, 2]),
    floats([1, 2 * gates, 2]),
    floats([1, 4 * gates]),
    '',
    ...initial,
  ],
  attrs: { hidden_size: 2 },
});
const state = floats([1, 1, 2]);

const body: Graph = {
  name: 'body',
  inputs: [
    { name: 'before', type: 'float32', shape: [3] },
    { name: 'step', type: 'float32', shape: [3] },
  ],
  nodes: [{ name: 'after', op: 'Add', inputs: ['before', 'step'] }],
  outputs: ['after'],
  tensors: {},
};

/** Without an entry for every operator this does not compile. */
const cases: { readonly [Op in OpName]: Case } = {
  Conv: { ports: [floats([1, 2, 5]), floats([3, 2, 2]), floats([3])] },
  ConvTranspose: { ports: [floats([1, 2, 5]), floats([2, 3, 2]), floats([3])] },
  Gemm: { ports: [floats([2, 3]), floats([3, 2]), floats([2])] },
  MatMul: { ports: [floats([2, 3]), floats([3, 2])] },
  Add: two,
  Sub: two,
  Mul: two,
  Div: two,
  Mod: { ...two, attrs: { fmod: 1 } },
  Pow: { ports: [floats([2, 3]), scalar(2)], where: { other: { ports: [floats([2, 3]), floats([2, 3])] } } },
  Sum: two,
  Mean: two,
  Max: two,
  Min: two,
  Relu: one,
  LeakyRelu: one,
  PRelu: two,
  Elu: one,
  Selu: one,
  Celu: one,
  Sigmoid: one,
  HardSigmoid: one,
  HardSwish: one,
  Tanh: one,
  Softplus: one,
  Softsign: one,
  Gelu: one,
  Mish: one,
  ThresholdedRelu: one,
  Clip: { ports: [floats([2, 3]), scalar(0.2), scalar(0.6)] },
  Exp: one,
  Log: one,
  Sqrt: one,
  Reciprocal: one,
  Abs: one,
  Erf: one,
  Sign: one,
  Floor: { ports: [floats([2, 3], 1)] },
  Ceil: one,
  Round: one,
  Neg: one,
  Sin: one,
  Cos: one,
  Tan: one,
  Asin: one,
  Acos: one,
  Atan: one,
  Sinh: one,
  Cosh: one,
  Asinh: one,
  Acosh: { ports: [floats([2, 3], 1)] },
  Atanh: { ports: [floats([2, 3], -0.5)] },
  MaxPool: pooled,
  AveragePool: pooled,
  GlobalAveragePool: picture,
  GlobalMaxPool: picture,
  Softmax: one,
  LogSoftmax: one,
  LayerNormalization: { ports: [floats([2, 3]), floats([3]), floats([3])] },
  LRN: { ...picture, attrs: { size: 3 } },
  BatchNormalization: { ports: [floats([2, 3]), floats([3]), floats([3]), floats([3]), floats([3])] },
  ReduceSum: reduced,
  ReduceMean: reduced,
  ReduceMax: reduced,
  ReduceMin: reduced,
  ReduceProd: reduced,
  ReduceL1: reduced,
  ReduceL2: reduced,
  ReduceSumSquare: reduced,
  ReduceLogSum: reduced,
  ReduceLogSumExp: reduced,
  ArgMax: one,
  ArgMin: one,
  CumSum: { ports: [floats([2, 3]), scalar(1, 'int64')] },
  Reshape: { ports: [floats([2, 3]), ints(3, 2)] },
  Flatten: { ports: [floats([2, 3, 2])] },
  Squeeze: { ports: [floats([2, 1, 3]), ints(1)] },
  Unsqueeze: { ports: [floats([2, 3]), ints(1)] },
  Transpose: one,
  DepthToSpace: { ports: [floats([1, 4, 2, 2])], attrs: { blocksize: 2 } },
  SpaceToDepth: { ports: [floats([1, 1, 4, 4])], attrs: { blocksize: 2 } },
  Concat: two,
  Slice: { ports: [floats([2, 3]), ints(0), ints(2), ints(1), ints(1)] },
  Split: { ports: [floats([2, 3]), ints(1, 2)], attrs: { axis: 1 } },
  Expand: { ports: [floats([1, 3]), ints(2, 3)] },
  Tile: { ports: [floats([2, 3]), ints(1, 2)] },
  Pad: { ports: [floats([2, 3]), ints(1, 1), scalar(0.5), ints(1)] },
  Trilu: { ports: [floats([3, 3]), scalar(0, 'int64')] },
  ReverseSequence: { ports: [floats([3, 2]), ints(3, 2)] },
  Gather: looked,
  GatherElements: { ports: [floats([3, 2]), of('int64', [1, 2], [2, 0])] },
  ScatterElements: scattered,
  GatherND: { ports: [floats([3, 2]), of('int64', [2, 1], [2, 0])] },
  ScatterND: scatteredRows,
  TopK: { ports: [floats([2, 3]), ints(2)] },
  Compress: { ports: [floats([2, 3]), bools(1, 0, 1)], attrs: { axis: 1 } },
  OneHot: { ports: [ints(2, 0), scalar(3, 'int64'), of('float32', [2], [0, 1])] },
  Resize: { ports: [floats([1, 1, 2, 2]), '', of('float32', [4], [1, 1, 2, 2]), ''] },
  Equal: { ports: [floats([2, 3]), floats([2, 3])] },
  Less: two,
  LessOrEqual: two,
  Greater: { ports: [floats([2, 3], 0.5), floats([2, 3])] },
  GreaterOrEqual: { ports: [floats([2, 3], 0.5), floats([2, 3])] },
  And: logical,
  Or: logical,
  Xor: logical,
  BitwiseAnd: { ports: [ints(6, 5), ints(3, 4)] },
  BitwiseOr: { ports: [ints(6, 5), ints(3, 4)] },
  BitwiseXor: { ports: [ints(6, 5), ints(3, 4)] },
  BitwiseNot: { ports: [ints(6, 5)] },
  BitShift: { ports: [of('uint8', [2], [6, 5]), of('uint8', [2], [1, 2])], attrs: { direction: 'LEFT' } },
  IsNaN: one,
  IsInf: one,
  Not: { ports: [bools(1, 0, 1)] },
  Where: { ports: [bools(1, 0, 1), floats([3]), floats([3], 0.5)] },
  Constant: { ports: [], attrs: { value_floats: [1, 2] } },
  ConstantOfShape: { ports: [ints(2, 3)] },
  Shape: one,
  Size: one,
  Range: { ports: [scalar(0), scalar(3), scalar(1)] },
  EyeLike: { ports: [floats([3, 3])] },
  Identity: one,
  Dropout: { ports: [floats([2, 3]), scalar(0.5), scalar(0, 'bool')] },
  Cast: { ports: [floats([2, 3], 1)] },
  LSTM: recurrent(4, state, state, floats([1, 6])),
  GRU: recurrent(3, state),
  RNN: recurrent(1, state),
  Scan: { ports: [floats([3]), floats([2, 3])], attrs: { num_scan_inputs: 1, body } },
};

interface Built {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** The operator with a weighted layer below each operand that is computed and measured, or with none, and a sum above its first output. */
const built = ({ node: { op, inputs: sides, attrs }, kind }: Representative, first: boolean): Built => {
  const { ports, attrs: needed } = { ...cases[op], ...cases[op].where?.[kind] };
  const given = ports.flatMap((value, port) => (value === '' ? [] : [{ value, port, name: `x${port}` }]));
  const computed = given.filter(({ port }) => sides[port] === 'below');
  const isFloat = ({ type }: InlineTensor): boolean => type === 'float32';
  const layered = ({ value }: { readonly value: InlineTensor }): boolean =>
    !first && isFloat(value) && value.shape.length > 0;
  const eye = (size: number): InlineTensor =>
    of(
      'float32',
      [size, size],
      Array.from({ length: size ** 2 }, (_, i) => (i % (size + 1) === 0 ? 1 : 0.01)),
    );
  const tensors: Record<string, InlineTensor> = { flat: ints(1, -1) };
  const nodes: Node[] = [];
  for (const one of computed.filter(layered)) {
    tensors[`${one.name}.weight`] = eye(one.value.shape.at(-1)!);
    nodes.push({ name: `${one.name}.below`, op: 'MatMul', inputs: [one.name, `${one.name}.weight`] });
  }
  for (const { value, port, name } of given) if (sides[port] !== 'below') tensors[name] = value;
  nodes.push({
    name: 'node',
    op,
    inputs: ports.map((value, port) => {
      if (value === '') return '';
      return sides[port] === 'below' && layered({ value }) ? `x${port}.below` : `x${port}`;
    }),
    ...(op === 'Split' && { outputs: ['second'] }),
    ...(op === 'TopK' && { outputs: ['places'] }),
    attrs: { ...attrs, ...needed },
  });
  nodes.push(
    { name: 'measured', op: 'Cast', inputs: ['node'], attrs: { to: 1 } },
    { name: 'row', op: 'Reshape', inputs: ['measured', 'flat'] },
    { name: 'above', op: 'ReduceSum', inputs: ['row', 'last'], attrs: { keepdims: 1 } },
  );
  tensors['last'] = ints(1);
  const inputs = computed.length > 0 ? computed : [{ name: 'unused', value: floats([1]) }];
  return {
    graph: {
      name: op,
      inputs: inputs.map(({ name, value: { type, shape } }) => ({ name, type, shape })),
      nodes,
      outputs: ['above'],
      tensors,
    },
    inputs: Object.fromEntries(
      inputs.map(({ name, value: { type, shape, data } }) => [name, tensor(type, shape, data)]),
    ),
  };
};

const explained = async (
  representative: Representative,
  composite: Composite,
  first = false,
): Promise<E.Either<readonly Problem[], Found>> => {
  const { graph, inputs } = built(representative, first);
  const batchAxes = Object.fromEntries(Object.keys(inputs).map((name) => [name, 'none' as const]));
  const model = prepareModel(graph.name, graph, new Map(), undefined, { batchAxes });
  if (E.isLeft(model)) return model;
  const found = await explain(model.right, composite, book, inputs, {
    target: { kind: 'index', index: 0 },
    backend: 'reference',
  });
  return E.map(({ report, relevance }: Explained) => ({
    report,
    rewrites: model.right.rewrites.map(({ rewrite }) => rewrite),
    relevance: Object.values(relevance).flatMap(({ data }) => Array.from(data, Number)),
  }))(found);
};

interface Found {
  readonly report: Explained['report'];
  readonly rewrites: readonly string[];
  readonly relevance: readonly number[];
}

/** Kinds and rules of the nodes that stand for the operator in the plan. */
const rulesOf = ({ report }: Found): readonly string[] =>
  report.plan.filter(({ node }) => /^node\b/.test(node)).map(({ kind, rule }) => `${kind} ${rule}`);

const leaksOf = ({ report }: Found): readonly string[] =>
  report.samples.flatMap(({ ledger }) => Object.keys(ledger?.leaks ?? {}));

const rows = opNames.flatMap((op) =>
  representativesOf(op).map((one) => [`${op}${one.where === '' ? '' : ` where ${one.where}`}`, one] as const),
);

/** Every node crossed keeps its books; gradients keep none. */
const closes = ({ report }: Found): boolean | null => report.addsUp;

describe.each([
  ['epsilon-plus-flat', true],
  ['gradient', null],
] as const)('what docs/operators.md says, by %s', (name, closed) => {
  const composite = book.composites.get(name)!;
  test.each(rows)('%s', async (_, representative) => {
    const { node, kind } = representative;
    const outcome = outcomeOf(representative, composite, book);
    const found = await explained(representative, composite);
    const refusal = E.isLeft(found) ? printProblems(found.left) : '';
    switch (outcome.kind) {
      case 'followed':
        expect(refusal).toBe('');
        expect(closes(right(found))).toBe(closed);
        expect(rulesOf(right(found))).toEqual([]);
        break;
      case 'discrete':
        expect(refusal).toBe('');
        expect(closes(right(found))).toBe(closed);
        expect(right(found).relevance.every((value) => value === 0)).toBe(true);
        if (closed) expect(leaksOf(right(found))).toContain('discrete');
        break;
      case 'given': {
        if (outcome.ofMeasured === 'refused') expect(refusal).toContain(graphSays.unknownValue(''));
        const constant = { ...representative, node: { ...node, inputs: node.inputs.map(() => 'constant') } };
        const held = right(outcome.ofMeasured === 'refused' ? await explained(constant, composite) : found);
        expect(held.report.addsUp).toBe(true);
        expect(leaksOf(held)).not.toContain('discrete');
        break;
      }
      case 'written':
        expect(refusal).toBe('');
        expect(closes(right(found))).toBe(closed);
        expect(right(found).rewrites).toContain(outcome.rewrite);
        break;
      case 'unruled':
        expect(refusal).toMatch(
          /^\/nodes\/\d+ \(node[.\w]*\): .*; (add an entry with one of: |narrow its match or name another rule)/,
        );
        break;
      case 'refused':
        expect(refusal).toContain(`(node): ${ruleSays.noCrossing(node.op)}`);
        break;
      case 'ruled': {
        expect(refusal).toBe('');
        expect(closes(right(found))).toBe(closed);
        expect(rulesOf(right(found))).toContain(`${kind} ${outcome.inside.rule.name}`);
        if (outcome.first === undefined) break;
        const first = right(await explained(representative, composite, true));
        expect(closes(first)).toBe(closed);
        expect(rulesOf(first)).toContain(`${kind} ${outcome.first.rule.name}`);
        break;
      }
    }
  });
});
