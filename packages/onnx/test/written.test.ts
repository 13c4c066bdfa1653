import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { openBare, reference } from '@kirchhoff/runtime';
import { toBinary, create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataType as Code,
} from '../src/generated/onnx_pb.js';
import { int, ints, read, refusal, value, type AttributeInit } from './model.js';

const float = (name: string, f: number): AttributeInit => ({ name, type: Kind.FLOAT, f });
const text = (name: string, s: string): AttributeInit => ({ name, type: Kind.STRING, s: new TextEncoder().encode(s) });

const floats = (name: string, ...values: number[]): AttributeInit => ({ name, type: Kind.FLOATS, floats: values });

type Shape = readonly number[];

interface Written {
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  /** One for each input; undefined where it is left out. */
  readonly shapes: readonly (Shape | undefined)[];
  readonly attribute?: readonly AttributeInit[];
  /** Inputs of other types than float32, by place. */
  readonly given?: Readonly<Record<number, Tensor>>;
  readonly outputs?: readonly string[];
  /** Names of open axes, for each input. */
  readonly open?: readonly (readonly string[])[];
}

const einsum = (equation: string, ...shapes: readonly Shape[]): Written => ({
  op: 'Einsum',
  shapes,
  attribute: [text('equation', equation)],
});

const equations = [
  einsum('bij,bjk->bik', [2, 3, 4], [2, 4, 5]),
  einsum('bij,kj->bki', [2, 3, 4], [5, 4]),
  einsum('bld,dhk->blhk', [2, 3, 4], [4, 2, 3]),
  einsum('bhld,bhmd->bhlm', [2, 2, 3, 4], [2, 2, 5, 4]),
  einsum('bhwc,hkc->bhwk', [2, 3, 4, 5], [3, 2, 5]),
  einsum('nkctv,kvw->nctw', [2, 3, 2, 2, 4], [3, 4, 4]),
  einsum('bi,bj->bij', [2, 3], [2, 4]),
  einsum('bi,bi->b', [2, 3], [2, 3]),
  einsum('bchw,bchw->b', [2, 2, 3, 2], [2, 2, 3, 2]),
  einsum('i,j', [3], [2]),
  einsum('...ij,...jk->...ik', [2, 3, 4, 5], [2, 3, 5, 2]),
  einsum('b...i,i->b...', [2, 3, 4], [4]),
  einsum('ij->ji', [2, 3]),
  einsum('bijc->bc', [2, 3, 4, 2]),
  einsum('ab,bc,cd->ad', [2, 3], [3, 4], [4, 2]),
  einsum('ib,ic,jc->jb', [2, 3], [2, 4], [5, 4]),
  einsum('acd,bc->abd', [2, 3, 4], [5, 3]),
  einsum('ba,cba->', [2, 3], [4, 2, 3]),
];

/** The same with every size open, by the equation's own labels. */
const openEquations = equations.flatMap((one) => {
  const equation = new TextDecoder().decode(one.attribute?.[0]?.s);
  const open = equation
    .split('->')[0]!
    .split(',')
    .map((term) => [...term].map((label) => `size_${label}`));
  return equation.includes('...') ? [] : [{ ...one, equation, open }];
});

const heads = [int('q_num_heads', 4), int('kv_num_heads', 2)];
const mask = tensor('bool', [3, 5], [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
const whole = (shape: Shape, values: readonly number[]): Tensor => tensor('int64', shape, values);

const others: readonly Written[] = [
  { op: 'CastLike', opset: 15, shapes: [[3], [2]], given: { 0: whole([3], [1, -2, 3]) } },
  { op: 'InstanceNormalization', shapes: [[2, 3, 4, 5], [3], [3]], attribute: [float('epsilon', 0.01)] },
  { op: 'InstanceNormalization', opset: 5, shapes: [[2, 3, 4], [3], [3]], attribute: [ints('consumed_inputs', 0)] },
  { op: 'GroupNormalization', opset: 18, shapes: [[2, 6, 2, 2], [3], [3]], attribute: [int('num_groups', 3)] },
  { op: 'GroupNormalization', opset: 21, shapes: [[2, 6, 4], [6], [6]], attribute: [int('num_groups', 2)] },
  { op: 'RMSNormalization', opset: 23, shapes: [[2, 3, 4], [4]], attribute: [float('epsilon', 0.1)] },
  {
    op: 'RMSNormalization',
    opset: 23,
    shapes: [
      [2, 3, 4],
      [3, 4],
    ],
    attribute: [int('axis', 1)],
  },
  { op: 'SimplifiedLayerNormalization', shapes: [[2, 3, 4], [4]], attribute: [float('epsilon', 0.1), int('axis', -1)] },
  { op: 'MeanVarianceNormalization', opset: 13, shapes: [[2, 3, 4, 2]], attribute: [ints('axes', 2, 3)] },
  { op: 'LpNormalization', opset: 13, shapes: [[2, 3, 4]] },
  { op: 'LpNormalization', opset: 22, shapes: [[2, 3, 4]], attribute: [int('axis', 1), int('p', 1)] },
  {
    op: 'Attention',
    opset: 23,
    shapes: [
      [2, 4, 3, 6],
      [2, 4, 5, 6],
      [2, 4, 5, 2],
    ],
  },
  {
    op: 'Attention',
    opset: 23,
    shapes: [
      [2, 3, 8],
      [2, 5, 4],
      [2, 5, 6],
    ],
    attribute: heads,
  },
  {
    op: 'Attention',
    opset: 24,
    shapes: [
      [2, 3, 8],
      [2, 3, 4],
      [2, 3, 4],
      [3, 3],
    ],
    attribute: [...heads, int('is_causal', 1), float('softcap', 0.5), float('scale', 0.3)],
  },
  {
    op: 'Attention',
    opset: 23,
    shapes: [
      [1, 2, 3, 4],
      [1, 2, 5, 4],
      [1, 2, 5, 4],
      [3, 5],
    ],
    given: { 3: mask },
  },
  {
    op: 'RotaryEmbedding',
    opset: 23,
    shapes: [
      [2, 2, 3, 4],
      [2, 3, 2],
      [2, 3, 2],
    ],
  },
  {
    op: 'RotaryEmbedding',
    opset: 23,
    shapes: [
      [2, 3, 12],
      [9, 2],
      [9, 2],
      [2, 3],
    ],
    given: { 3: whole([2, 3], [0, 4, 8, 1, 2, 3]) },
    attribute: [int('num_heads', 2), int('interleaved', 1), int('rotary_embedding_dim', 4)],
  },
  { op: 'ReduceSumSquare', opset: 13, shapes: [[2, 3, 4]], attribute: [ints('axes', 1), int('keepdims', 0)] },
  { op: 'ReduceSumSquare', opset: 18, shapes: [[2, 3], [1]], given: { 1: whole([1], [1]) } },
  {
    op: 'ReduceLogSum',
    opset: 18,
    shapes: [[2, 3], [1]],
    given: { 0: tensor('float32', [2, 3], [1, 2, 3, 4, 5, 6]), 1: whole([1], [0]) },
  },
  { op: 'Hardmax', opset: 13, shapes: [[2, 3, 4]], attribute: [int('axis', 1)] },
  { op: 'Hardmax', opset: 11, shapes: [[2, 3, 4]] },
  ...[
    { op: 'QuickGelu', shapes: [[2, 3]], attribute: [float('alpha', 1.7)] },
    { op: 'Gelu', shapes: [[2, 3]] },
    { op: 'BiasGelu', shapes: [[2, 3], [3]] },
    { op: 'FastGelu', shapes: [[2, 3], [3]] },
    {
      op: 'FusedMatMul',
      shapes: [
        [2, 4, 3],
        [5, 4],
      ],
      attribute: [int('transA', 1), int('transB', 1), float('alpha', 0.5)],
    },
    { op: 'SkipLayerNormalization', shapes: [[2, 3, 4], [2, 3, 4], [4], [4], [4]], outputs: ['y', '', '', 'sum'] },
    { op: 'SkipSimplifiedLayerNormalization', shapes: [[2, 3, 4], [2, 3, 4], [4]] },
    {
      op: 'FusedConv',
      shapes: [[1, 2, 4, 4], [3, 2, 3, 3], [3]],
      attribute: [text('activation', 'LeakyRelu'), floats('activation_params', 0.1)],
    },
  ].map((one: Written) => ({ ...one, domain: 'com.microsoft' })),
];

const bytesOf = ({
  op,
  domain = '',
  opset = 17,
  shapes,
  attribute = [],
  given = {},
  outputs = ['y'],
  open,
}: Written) => {
  const dims = (shape: Shape, i: number): readonly (number | string)[] => open?.[i] ?? shape;
  const used = shapes.flatMap((shape, i) => (shape === undefined ? [] : [{ shape, i, tensor: given[i] }]));
  const codes = { bool: Code.BOOL, int64: Code.INT64, float32: Code.FLOAT } as const;
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: [
        { domain: '', version: BigInt(opset) },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: {
        name: 'written',
        input: used
          .filter(({ tensor: one }) => one?.type !== 'int64')
          .map(({ shape, i, tensor: one }) =>
            value(`x${i}`, dims(shape, i), codes[one?.type === 'bool' ? 'bool' : 'float32']),
          ),
        initializer: used.flatMap(({ i, tensor: one }) =>
          one?.type === 'int64'
            ? [
                {
                  name: `x${i}`,
                  dims: one.shape.map(BigInt),
                  dataType: Code.INT64,
                  int64Data: [...toNumbers(one.data)].map(BigInt),
                },
              ]
            : [],
        ),
        output: outputs
          .filter((name) => name !== '')
          .map((name) => ({ name, type: { value: { case: 'tensorType' as const, value: { elemType: Code.FLOAT } } } })),
        node: [
          {
            opType: op,
            domain,
            input: shapes.map((shape, i) => (shape === undefined ? '' : `x${i}`)),
            output: [...outputs],
            attribute: [...attribute],
          },
        ],
      },
    }),
  );
};

const inputsOf = ({ shapes, given = {} }: Written): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    shapes.flatMap((shape, i) => {
      if (shape === undefined || given[i]?.type === 'int64') return [];
      const size = shape.reduce((n, d) => n * d, 1);
      const values = Array.from({ length: size }, (_, k) => Math.sin(1 + k * 1.7 + i * 0.9));
      return [[`x${i}`, given[i] ?? tensor('float32', shape, values)] as const];
    }),
  );

const numbers = (outputs: Readonly<Record<string, Tensor>>): readonly (readonly number[])[] =>
  Object.keys(outputs)
    .sort()
    .map((name) => [...outputs[name]!.shape, ...toNumbers(outputs[name]!.data)]);

const runs = async (one: Written): Promise<void> => {
  const { graph, store, upgrades } = read(bytesOf(one));
  expect(upgrades).toHaveLength(1);
  const session = await reference.compile(graph, store);
  const found = numbers(await session.run(inputsOf(one)).finally(session.close));
  // onnxruntime begins with opset 7, which changed nothing here but hints.
  const { open: _, ...closed } = one;
  const asked = {
    ...closed,
    opset: Math.max(7, one.opset ?? 17),
    attribute: one.attribute?.filter(({ name }) => name !== 'consumed_inputs'),
  };
  const bare = await openBare(bytesOf({ ...asked, attribute: asked.attribute ?? [] }), { threads: 1 });
  const wanted = numbers(await bare.run(inputsOf(one)).finally(bare.close));
  expect(found.map((row) => row.length)).toEqual(wanted.map((row) => row.length));
  found.forEach((row, i) => row.forEach((number, j) => expect(number).toBeCloseTo(wanted[i]![j]!, 4)));
};

describe('operators that are written out', () => {
  it.each(equations)('Einsum of $shapes', runs);
  it.each(openEquations)('Einsum $equation of open sizes', runs);
  it.each(others)('$op of opset $opset', runs);

  it('are refused by name where they cannot be', () => {
    expect(refusal(bytesOf(einsum('ii->i', [3, 3])))).toBe(
      'model.onnx y (Einsum): Einsum with the equation "ii->i" is not read: labels that occur twice in one operand, or do not fit its axes; write it with MatMul, Transpose and ReduceSum',
    );
    const cache: Written = {
      op: 'Attention',
      opset: 23,
      shapes: [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], undefined, undefined, undefined, [1]],
    };
    expect(refusal(bytesOf(cache))).toBe(
      'model.onnx y (Attention): Attention with lengths of a cache of fixed size (nonpad_kv_seqlen) is not read; export the model without its cache (use_cache=False), or with one that grows (past_key, past_value)',
    );
    const fused: Written = {
      op: 'FusedConv',
      domain: 'com.microsoft',
      shapes: [
        [1, 1, 3, 3],
        [1, 1, 3, 3],
      ],
      attribute: [text('activation', 'Swish')],
    };
    expect(refusal(bytesOf(fused))).toBe(
      'model.onnx y (com.microsoft.FusedConv): com.microsoft.FusedConv with activation "Swish" is not read; export the model without onnxruntime\'s optimisations',
    );
  });
});
