import { fromFront } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import { TensorProto_DataType as Code } from './generated/onnx_pb.js';
import type { NodeDocument } from './read-node.js';
import { respelled, numbersOf, numberOf, vector } from './respelled.js';
import type { OldNode, Upgrade, Workshop } from './upgrade.js';
import { writeOut } from './written/writer.js';

const int = { type: 'int', optional: true } as const;
const float = { type: 'float', optional: true } as const;

const without = (attrs: OldNode['attrs'], ...names: readonly string[]): OldNode['attrs'] =>
  Object.fromEntries(Object.entries(attrs).filter(([name]) => !names.includes(name)));

/** An operand whose axes lie along those of `x` from one on, with axes of size 1 after them. */
const aligned = (
  node: OldNode,
  shop: Workshop,
  port: number,
  axis: number | undefined,
  attrs: OldNode['attrs'],
): readonly NodeDocument[] => {
  const [x, operand] = [node.inputs[0] ?? '', node.inputs[port] ?? ''];
  const [rank, own] = [shop.type(x)?.shape.length, shop.type(operand)?.shape.length];
  if (rank === undefined || own === undefined || axis === undefined) return [respelled(node, node.inputs, attrs)];
  const from = fromFront(axis, rank);
  const after = Array.from({ length: Math.max(0, rank - from - own) }, (_, i) => own + i);
  if (after.length === 0) return [respelled(node, node.inputs, attrs)];
  const axes = shop.tensor('axes', vector('int64', after));
  const along = shop.fresh('along');
  return [
    { name: along, op: 'Unsqueeze', inputs: [operand, axes] },
    respelled(
      node,
      node.inputs.map((input, i) => (i === port ? along : input)),
      attrs,
    ),
  ];
};

const broadcast = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  aligned(node, shop, 1, numberOf(node.attrs['axis']), without(node.attrs, 'axis', 'broadcast'));

const slopes = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const slope = shop.type(node.inputs[1] ?? '')?.shape;
  return aligned(node, shop, 1, slope?.length === 1 && slope[0] !== 1 ? 1 : undefined, node.attrs);
};

const drop =
  (...names: readonly string[]) =>
  (node: OldNode): readonly NodeDocument[] => [respelled(node, node.inputs, without(node.attrs, ...names))];

const concat = (node: OldNode): readonly NodeDocument[] => [respelled(node, node.inputs, { axis: 1, ...node.attrs })];

const selu = (node: OldNode): readonly NodeDocument[] => [
  respelled(node, node.inputs, { alpha: 1.6732, gamma: 1.0507, ...node.attrs }),
];

const codes: Readonly<Record<string, number>> = {
  FLOAT: Code.FLOAT,
  FLOAT16: Code.FLOAT,
  BFLOAT16: Code.FLOAT,
  DOUBLE: Code.DOUBLE,
  INT64: Code.INT64,
  INT32: Code.INT32,
  INT8: Code.INT8,
  UINT8: Code.UINT8,
  BOOL: Code.BOOL,
};

const cast = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const name = String(node.attrs['to'] ?? '').toUpperCase();
  const to = codes[name];
  return to === undefined
    ? shop.refuse(onnxSays.unknownCast(name, Object.keys(codes)))
    : [respelled(node, node.inputs, { to })];
};

const reshape = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const shape = numbersOf(node.attrs['shape']);
  if (shape === undefined) return shop.refuse(onnxSays.missingAttribute(node.op, 'shape'));
  return [respelled(node, [node.inputs[0] ?? '', shop.tensor('shape', vector('int64', shape))], {})];
};

/** Repeats along one axis, both given as numbers. */
const tile = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', tiles = '', axis = ''] = node.inputs;
  const rank = shop.type(x)?.shape.length;
  const [count] = shop.constant(tiles) ?? [];
  const [at] = shop.constant(axis) ?? [];
  if (rank === undefined || count === undefined || at === undefined)
    return shop.refuse(onnxSays.needsConstants(node.op, ['tiles', 'axis']));
  const repeats = Array.from({ length: rank }, (_, i) => (i === at ? count : 1));
  return [respelled(node, [x, shop.tensor('repeats', vector('int64', repeats))], {})];
};

/** alpha · Softplus(beta · x), experimental and gone since opset 10; ScaledTanh likewise. */
const scaled =
  (op: 'Softplus' | 'Tanh') =>
  (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
    writeOut(node, shop, ({ input, number, step }) => {
      const [alpha, beta] = ['alpha', 'beta'].map((key) => number(key, numberOf(node.attrs[key]) ?? 1));
      const inner = step('inner', 'Mul', [input(0), beta!]);
      return step('scaled', 'Mul', [step('curve', op, [inner]), alpha!]);
    });

/** Spellings of opsets 1 to 6, and operators that were experimental then. */
export const firstUpgrades: readonly Upgrade[] = [
  {
    name: 'broadcast-by-shape',
    summary: 'Operands are broadcast by their shapes, without the attributes broadcast and axis (since opset 7).',
    ops: ['Add', 'And', 'Div', 'Equal', 'Greater', 'Less', 'Mul', 'Or', 'Pow', 'Sub', 'Xor'],
    before: 7,
    attrs: { axis: int, broadcast: int },
    apply: broadcast,
  },
  {
    name: 'broadcast-by-shape',
    summary: 'The slopes of PRelu, one for each channel, lie along axis 1 by their shape (since opset 7).',
    ops: ['PRelu'],
    before: 7,
    attrs: {},
    apply: slopes,
  },
  {
    name: 'broadcast-by-shape',
    summary: 'Gemm broadcasts C without being told (since opset 7).',
    ops: ['Gemm'],
    before: 7,
    attrs: { broadcast: int },
    apply: drop('broadcast'),
  },
  {
    name: 'drop-output-sequence',
    summary: 'Recurrent layers give out what their outputs name (since opset 7).',
    ops: ['GRU', 'LSTM', 'RNN'],
    before: 7,
    attrs: { output_sequence: int },
    apply: drop('output_sequence'),
  },
  {
    name: 'selu-constants',
    summary: 'Selu has its constants to nine digits (since opset 6; five before).',
    ops: ['Selu'],
    before: 6,
    attrs: {},
    apply: selu,
  },
  {
    name: 'cast-to-number',
    summary: 'Cast names its type by a number (since opset 6).',
    ops: ['Cast'],
    before: 6,
    attrs: { to: { type: 'string', optional: true } },
    apply: cast,
  },
  {
    name: 'tile-repeats',
    summary: 'Tile says for each axis how often it repeats (since opset 6).',
    ops: ['Tile'],
    before: 6,
    attrs: {},
    apply: tile,
  },
  {
    name: 'shape-to-input',
    summary: 'The shape of Reshape is an input (since opset 5).',
    ops: ['Reshape'],
    before: 5,
    attrs: { shape: { type: 'ints', optional: true } },
    apply: reshape,
  },
  {
    name: 'concat-axis',
    summary: 'Concat says its axis (since opset 4; before, 1 where it said none).',
    ops: ['Concat'],
    before: 4,
    attrs: {},
    apply: concat,
  },
  {
    name: 'write-out-scaled',
    summary: 'ParametricSoftplus (experimental, gone since opset 10) is a Softplus between two factors.',
    ops: ['ParametricSoftplus'],
    before: Infinity,
    attrs: { alpha: float, beta: float },
    apply: scaled('Softplus'),
  },
  {
    name: 'write-out-scaled',
    summary: 'ScaledTanh (experimental, gone since opset 10) is a Tanh between two factors.',
    ops: ['ScaledTanh'],
    before: Infinity,
    attrs: { alpha: float, beta: float },
    apply: scaled('Tanh'),
  },
];
