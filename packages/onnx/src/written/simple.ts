import { elementTypeCodes } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from '../read-node.js';
import { numberOf, numbersOf, respelled } from '../respelled.js';
import type { OldNode, Upgrade, Workshop } from '../upgrade.js';
import { writeOut } from './writer.js';

const int = { type: 'int', optional: true } as const;
const float = { type: 'float', optional: true } as const;
const ints = { type: 'ints', optional: true } as const;

/** ReduceSum of x², or the logarithm of ReduceSum. */
const reduction = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  writeOut(node, shop, ({ input, step, ints: list }) => {
    const { axes, ...attrs } = node.attrs;
    const listed = numbersOf(axes);
    const over = listed === undefined ? input(1) : list('axes', listed);
    const isSquare = node.op === 'ReduceSumSquare';
    const x = isSquare ? step('square', 'Mul', [input(0), input(0)]) : input(0);
    const sum = step('sum', 'ReduceSum', [x, over], attrs);
    return isSquare ? sum : step('logarithm', 'Log', [sum]);
  });

/** x · Sigmoid(alpha · x). */
const swish =
  (usual: number) =>
  (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
    writeOut(node, shop, ({ input, step, number }) => {
      const alpha = numberOf(node.attrs['alpha']) ?? usual;
      const type = shop.type(input(0))?.type ?? 'float32';
      const inner = alpha === 1 ? input(0) : step('inner', 'Mul', [input(0), number('alpha', alpha, type)]);
      return step('product', 'Mul', [input(0), step('gate', 'Sigmoid', [inner])]);
    });

/** 1 at the first greatest element along an axis; before opset 13, along all axes from one on. */
const hardmax = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = ''] = node.inputs;
  const type = shop.type(x);
  const axis = numberOf(node.attrs['axis']) ?? (shop.opset < 13 ? 1 : -1);
  if (type === undefined) return shop.refuse(onnxSays.needsShape(node.op));
  const last = shop.opset >= 13 || axis === -1 || axis === type.shape.length - 1;
  return writeOut(node, shop, ({ step, tensor, number }) => {
    const flat = last ? x : step('flat', 'Flatten', [x], { axis });
    const along = last ? axis : 1;
    const whole = (part: string, value: number): string =>
      tensor(part, { type: 'int64', shape: [], read: () => BigInt64Array.of(BigInt(value)) });
    const shape = step('shape', 'Shape', [flat]);
    const depth = step('depth', 'Gather', [shape, whole('at', along)]);
    const off = step(
      'pair',
      'Concat',
      [
        step('off', 'Unsqueeze', [number('zero', 0, type.type), tensor('zero-axis', zeroAxis)]),
        step('on', 'Unsqueeze', [number('one', 1, type.type), tensor('one-axis', zeroAxis)]),
      ],
      { axis: 0 },
    );
    const greatest = step('greatest', 'ArgMax', [flat], { axis: along, keepdims: 0 });
    const hot = step('hot', 'OneHot', [greatest, depth, off], { axis: along });
    return last ? hot : step('restored', 'Reshape', [hot, step('whole', 'Shape', [x])]);
  });
};

const zeroAxis = { type: 'int64', shape: [1], read: () => BigInt64Array.of(0n) } as const;

const plain = (node: OldNode, op: string): readonly NodeDocument[] => [
  respelled({ ...node, op }, node.inputs, node.attrs),
];

/** A Cast to the type of another value. */
const castLike = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', like = ''] = node.inputs;
  const type = shop.type(like)?.type ?? shop.stored(like)?.type;
  if (type === undefined) return shop.refuse(onnxSays.needsShape(node.op));
  return [respelled({ ...node, op: 'Cast' }, [x], { to: elementTypeCodes[type] })];
};

/** Operators that are short formulas of others. */
export const simpleUpgrades: readonly Upgrade[] = [
  {
    name: 'write-out-reduction',
    summary: 'ReduceSumSquare and ReduceLogSum are a ReduceSum after a square, or before a logarithm.',
    ops: ['ReduceSumSquare', 'ReduceLogSum'],
    before: Infinity,
    attrs: { axes: ints, keepdims: int, noop_with_empty_axes: int },
    apply: reduction,
  },
  {
    name: 'write-out-swish',
    summary: 'Swish (since opset 24) is x · Sigmoid(alpha · x).',
    ops: ['Swish'],
    before: Infinity,
    attrs: { alpha: float },
    apply: swish(1),
  },
  {
    name: 'write-out-swish',
    summary: 'QuickGelu is x · Sigmoid(alpha · x).',
    ops: ['com.microsoft.QuickGelu'],
    before: Infinity,
    attrs: { alpha: float },
    apply: swish(1.702),
  },
  {
    name: 'write-out-cast-like',
    summary: 'CastLike is a Cast to the type that the other value has.',
    ops: ['CastLike'],
    before: Infinity,
    attrs: { saturate: int },
    apply: castLike,
  },
  {
    name: 'write-out-hardmax',
    summary: 'Hardmax is the OneHot of an ArgMax.',
    ops: ['Hardmax'],
    before: Infinity,
    attrs: { axis: int },
    apply: hardmax,
  },
  {
    name: 'standard-name',
    summary: 'Gelu and LayerNormalization, which onnxruntime had before the standard, are those of the standard.',
    ops: ['com.microsoft.Gelu', 'com.microsoft.LayerNormalization'],
    before: Infinity,
    attrs: { axis: int, epsilon: float, stash_type: int },
    apply: (node) => plain(node, node.op.replace('com.microsoft.', '')),
  },
];
