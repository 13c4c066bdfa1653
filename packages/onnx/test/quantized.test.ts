import { explain, prepareModel } from '@kirchhoff/explain';
import { tensor, toNumbers } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { openBare, reference } from '@kirchhoff/runtime';
import { describe, expect, it } from 'vitest';
import { book, right } from '../../relevance/test/support.js';
import { TensorProto_DataType as Code } from '../src/generated/onnx_pb.js';
import { seeded } from './exporter.js';
import { int, ints, model, read, refusal, value, type AttributeInit, type NodeInit, type TensorInit } from './model.js';

const held = (name: string, dataType: Code, dims: readonly number[], data: readonly number[]): TensorInit => ({
  name,
  dataType,
  dims: dims.map(BigInt),
  ...(dataType === Code.FLOAT ? { floatData: [...data] } : { int32Data: [...data] }),
});
const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  ...attribute: AttributeInit[]
): NodeInit => ({
  opType,
  input: [...input],
  output: [...output],
  attribute,
});

const next = seeded(3);
const whole = (count: number, most: number): number[] => Array.from({ length: count }, () => Math.round(next() * most));

/** Scales and zero points: of what is given, of weights per channel, of what comes of them. */
const scales: readonly TensorInit[] = [
  held('xs', Code.FLOAT, [], [1 / 64]),
  held('xz', Code.UINT8, [], [128]),
  held('ws', Code.FLOAT, [3], [0.01, 0.012, 0.008]),
  held('wz', Code.INT8, [3], [0, 0, 0]),
  held('ys', Code.FLOAT, [], [1 / 16]),
  held('yz', Code.UINT8, [], [120]),
  held('one', Code.FLOAT, [], [0.01]),
  held('none', Code.INT8, [], [3]),
  held('w', Code.INT8, [3, 2, 3, 3], whole(54, 100)),
  held('b', Code.INT32, [3], [300, -200, 100]),
  held('f', Code.INT8, [3, 4], whole(12, 100)),
];

const input = value('x', ['N', 2, 4, 4]);
const bytesOf = (nodes: readonly NodeInit[], opset = 17): Uint8Array => {
  const used = new Set(nodes.flatMap((one) => one.input ?? []));
  const initializer = scales.filter(({ name }) => used.has(name ?? ''));
  return model({ name: 'quantised', input: [input], output: [{ name: 'y' }], node: [...nodes], initializer }, opset);
};

const pads = ints('pads', 1, 1, 1, 1);
const head = [node('GlobalAveragePool', ['mapped'], ['pooled']), node('Flatten', ['pooled'], ['y'])];

const networks: Readonly<Record<string, readonly NodeInit[]>> = {
  'pairs around float layers (fake quantisation)': [
    node('QuantizeLinear', ['x', 'xs', 'xz'], ['q']),
    node('DequantizeLinear', ['q', 'xs', 'xz'], ['d']),
    node('DequantizeLinear', ['w', 'ws', 'wz'], ['wd'], int('axis', 0)),
    node('Conv', ['d', 'wd'], ['c'], pads),
    node('Relu', ['c'], ['r']),
    node('QuantizeLinear', ['r', 'ys', 'yz'], ['q2']),
    node('MaxPool', ['q2'], ['q3'], ints('kernel_shape', 2, 2)),
    node('DequantizeLinear', ['q3', 'ys', 'yz'], ['mapped']),
    ...head,
  ],
  'layers of whole numbers': [
    node('QuantizeLinear', ['x', 'xs', 'xz'], ['q']),
    node('QLinearConv', ['q', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz', 'b'], ['c'], pads),
    node('Transpose', ['c'], ['last'], ints('perm', 0, 2, 3, 1)),
    node('QLinearMatMul', ['last', 'ys', 'yz', 'f', 'one', 'none', 'ys', 'yz'], ['m']),
    node('DequantizeLinear', ['m', 'ys', 'yz'], ['real']),
    node('Transpose', ['real'], ['mapped'], ints('perm', 0, 3, 1, 2)),
    ...head,
  ],
  'scales that fit what is given': [
    node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
    node('ConvInteger', ['q', 'w', 'z'], ['c'], pads),
    node('Cast', ['c'], ['float'], int('to', Code.FLOAT)),
    node('Mul', ['s', 'one'], ['both']),
    node('Mul', ['float', 'both'], ['mapped']),
    ...head,
  ],
  'integer products of what a constant scale made': [
    node('QuantizeLinear', ['x', 'xs', 'xz'], ['q']),
    node('Transpose', ['q'], ['last'], ints('perm', 0, 2, 3, 1)),
    node('Slice', ['last', 'from', 'to', 'at'], ['two']),
    node('MatMulInteger', ['two', 'two-by', 'xz'], ['m']),
    node('Cast', ['m'], ['float'], int('to', Code.FLOAT)),
    node('Mul', ['float', 'xs'], ['scaled']),
    node('Transpose', ['scaled'], ['mapped'], ints('perm', 0, 3, 1, 2)),
    ...head,
  ].filter(({ opType }) => opType !== 'Slice'),
};

const network = (nodes: readonly NodeInit[]): Uint8Array => {
  const renamed = nodes.map((one) => ({
    ...one,
    input: (one.input ?? []).map((name) => (name === 'two' ? 'last' : name)),
  }));
  const bytes = renamed.some((one) => one.input.includes('two-by'));
  if (!bytes) return bytesOf(renamed);
  const extra = held('two-by', Code.INT8, [2, 3], [3, -4, 5, 2, 6, -1]);
  const used = new Set(renamed.flatMap((one) => one.input));
  const initializer = [...scales.filter(({ name }) => used.has(name ?? '')), extra];
  return model({ name: 'quantised', input: [input], output: [{ name: 'y' }], node: renamed, initializer }, 17);
};

describe('a quantised network is read as the map of real numbers that it stands for', () => {
  const x = tensor(
    'float32',
    [2, 2, 4, 4],
    Array.from({ length: 64 }, () => next()),
  );

  it.each(Object.entries(networks))('%s', async (_, nodes) => {
    const bytes = network(nodes);
    const engine = await openBare(bytes, { threads: 1 });
    const rounded = toNumbers((await engine.run({ x }).finally(engine.close))['y']!.data);
    const { graph, store, upgrades } = read(bytes);
    expect(upgrades.some((line) => line.startsWith('real-numbers'))).toBe(true);
    const session = await reference.compile(graph, store);
    const found = toNumbers((await session.run({ x }))['y']!.data);
    expect(found).toHaveLength(rounded.length);
    for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - rounded[i]!)).toBeLessThan(1 / 16);

    const quantised = right(prepareModel('quantised', graph, store));
    for (const composite of ['epsilon-plus-flat', 'gradient']) {
      for (const backend of ['reference', 'ort'] as const) {
        const { relevance, report } = right(
          await explain(quantised, right(findComposite(book, composite)), book, { x }, { backend }),
        );
        expect(toNumbers(relevance['x']!.data).some((v) => v !== 0)).toBe(true);
        for (const { ledger } of report.samples)
          if (ledger !== null) expect(ledger.closure).toBeLessThan(backend === 'ort' ? 1e-4 : 1e-9);
      }
    }
  });
});

describe('what no fixed map of real numbers stands for is refused', () => {
  const refused = (...nodes: readonly NodeInit[]): string => refusal(bytesOf(nodes));

  it('a scale that is computed', () => {
    expect(
      refused(
        node('GlobalMaxPool', ['x'], ['s']),
        node('QuantizeLinear', ['x', 's', 'xz'], ['q']),
        node('DequantizeLinear', ['q', 's', 'xz'], ['y']),
      ),
    ).toMatchInlineSnapshot(`
      "model.onnx q (QuantizeLinear): its scale or zero point is computed, so that no fixed map of real numbers stands for it; quantise with constant scales, or give the model as it was before
      model.onnx y (DequantizeLinear): its scale or zero point is computed, so that no fixed map of real numbers stands for it; quantise with constant scales, or give the model as it was before"
    `);
  });

  it('scales for each channel of what is computed', () => {
    expect(
      refused(
        node('QuantizeLinear', ['x', 'ws', 'wz'], ['q'], int('axis', 1)),
        node('DequantizeLinear', ['q', 'ws', 'wz'], ['y']),
      ),
    ).toMatchInlineSnapshot(`
      "model.onnx q (QuantizeLinear): it quantises what is computed by another scale for each channel; quantise activations by one scale, or give the model as it was before
      model.onnx y (DequantizeLinear): it quantises what is computed by another scale for each channel; quantise activations by one scale, or give the model as it was before"
    `);
  });

  it('an output of whole numbers', () => {
    expect(refused(node('QuantizeLinear', ['x', 'xs', 'xz'], ['y']))).toMatchInlineSnapshot(
      `"model.onnx y: the output "y" is quantised; put a DequantizeLinear after it, so that it is explained in real numbers"`,
    );
  });
});
