import type { ValueType } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from '../read-node.js';
import { numberOf } from '../respelled.js';
import type { OldNode, Upgrade, Workshop } from '../upgrade.js';
import { writeOut, type Writer } from './writer.js';

const int = { type: 'int', optional: true } as const;
const float = { type: 'float', optional: true } as const;

/** [N, L, H·D] as [N, H, L, D]; four axes are those already. */
const heads = ({ step, ints }: Writer, part: string, x: string, rank: number, count: number): string =>
  rank === 4
    ? x
    : step(
        `${part}-heads`,
        'Transpose',
        [step(`${part}-split`, 'Reshape', [x, ints(`${part}-shape`, [0, 0, count, -1])])],
        { perm: [0, 2, 1, 3] },
      );

/** Each head `times` in a row, for the queries that share it. */
const repeated = (
  { step, ints }: Writer,
  part: string,
  x: string,
  count: number,
  times: number,
  size: number,
): string => {
  if (times === 1) return x;
  const apart = step(`${part}-apart`, 'Unsqueeze', [x, ints(`${part}-axis`, [2])]);
  const tiled = step(`${part}-tiled`, 'Tile', [apart, ints(`${part}-repeats`, [1, 1, times, 1, 1])]);
  return step(`${part}-shared`, 'Reshape', [tiled, ints(`${part}-all`, [0, count * times, -1, size])]);
};

/** Where a query may look: row i (a query, behind all that is `past`) at column j (a key), by the difference of their places. */
const visible = ({ step, ints, tensor }: Writer, scores: string, past: string, left: number, right: number): string => {
  const whole = (part: string, value: number): string =>
    tensor(part, { type: 'int64', shape: [], read: () => BigInt64Array.of(BigInt(value)) });
  const [zero, one] = [whole('zero', 0), whole('one', 1)];
  const places = (part: string, axis: number, at: number): string => {
    const shape = step(`${part}-shape`, 'Shape', [scores]);
    const size = step(`${part}-size`, 'Gather', [shape, whole(`${part}-at`, axis)]);
    return step(part, 'Unsqueeze', [step(`${part}-range`, 'Range', [zero, size, one]), ints(`${part}-axis`, [at])]);
  };
  const own = places('query', 2, 1);
  const length = past === '' ? '' : step('past', 'Shape', [past], { start: 2, end: 3 });
  const ahead = step('ahead', 'Sub', [
    places('key', 3, 0),
    length === '' ? own : step('query-behind', 'Add', [own, length]),
  ]);
  const before = right < 0 ? '' : step('not-after', 'LessOrEqual', [ahead, whole('right', right)]);
  const after = left < 0 ? '' : step('not-before', 'GreaterOrEqual', [ahead, whole('left', -left)]);
  return before !== '' && after !== '' ? step('window', 'And', [before, after]) : before === '' ? after : before;
};

interface Setting {
  readonly type: ValueType['type'];
  readonly scale: number;
  readonly softcap: number;
  readonly left: number;
  readonly right: number;
  readonly booleanMask: boolean;
  /** Keys of a cache, which lie before all queries. */
  readonly past: string;
}

/** A score that no softmax gives a weight beside others. */
const lowest = -1e30;

/** Softmax over the keys of the scaled products of queries and keys. */
const weights = (writer: Writer, q: string, k: string, mask: string, setting: Setting): string => {
  const { step, number } = writer;
  const { type, scale, softcap, left, right, booleanMask, past } = setting;
  const scaled = step('scaled', 'Mul', [q, number('scale', scale, type)]);
  let scores = step('scores', 'MatMul', [scaled, step('keys', 'Transpose', [k], { perm: [0, 1, 3, 2] })]);
  if (softcap > 0) {
    const cap = number('cap', softcap, type);
    scores = step('capped', 'Mul', [step('tanh', 'Tanh', [step('small', 'Div', [scores, cap])]), cap]);
  }
  const seen = left >= 0 || right >= 0 ? visible(writer, scores, past, left, right) : '';
  if (mask !== '' && !booleanMask) scores = step('masked', 'Add', [scores, mask]);
  const own = booleanMask ? mask : '';
  const open = seen !== '' && own !== '' ? step('open', 'And', [own, seen]) : seen === '' ? own : seen;
  if (open === '') return step('weights', 'Softmax', [scores], { axis: -1 });
  const closed = number('closed', lowest, type);
  const weighed = step('weights', 'Softmax', [step('seen', 'Where', [open, scores, closed])], { axis: -1 });
  // A query that may look nowhere weighs nothing, where the softmax alone would weigh all alike.
  return own === '' ? weighed : step('weighed', 'Where', [open, weighed, number('none', 0, type)]);
};

const attention = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [q = '', k = '', v = '', mask = '', pastKeys = '', pastValues = '', lengths = ''] = node.inputs;
  if (lengths !== '') return shop.refuse(onnxSays.attentionLengths());
  if ((node.outputs[2] ?? '') !== '') return shop.refuse(onnxSays.attentionScores());
  const types = [q, k, v].map(shop.type);
  const [queries, keys, values] = types.map((type) => type?.shape ?? []);
  const attribute = (name: string): number | undefined => numberOf(node.attrs[name]);
  const rank = queries?.length ?? 0;
  const headsOf = (shape: typeof queries, name: string): unknown => (rank === 4 ? shape?.[1] : attribute(name));
  const [many, few] = [headsOf(queries, 'q_num_heads'), headsOf(keys, 'kv_num_heads')];
  const sizeIn = (shape: typeof queries, count: number): number => Number(shape?.at(-1)) / (rank === 4 ? 1 : count);
  if (typeof many !== 'number' || typeof few !== 'number') return shop.refuse(onnxSays.needsShape(node.op));
  const [size, own] = [sizeIn(keys, few), sizeIn(values, few)];
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(own)) return shop.refuse(onnxSays.needsShape(node.op));
  const causal = attribute('is_causal') === 1;
  const right = attribute('right_window_size') ?? -1;
  return writeOut(node, shop, (writer) => {
    const taken = (part: string, x: string, past: string, width: number, place: number): string => {
      const own = heads(writer, part, x, rank, few);
      const all = past === '' ? own : writer.step(`${part}-present`, 'Concat', [past, own], { axis: 2 });
      writer.output(place, all);
      return repeated(writer, part, all, few, many / few, width);
    };
    const share = weights(writer, heads(writer, 'q', q, rank, many), taken('k', k, pastKeys, size, 0), mask, {
      type: types[0]?.type ?? 'float32',
      scale: attribute('scale') ?? 1 / Math.sqrt(size),
      softcap: attribute('softcap') ?? 0,
      left: attribute('left_window_size') ?? -1,
      right: causal ? (right < 0 ? 0 : Math.min(right, 0)) : right,
      booleanMask: mask !== '' && shop.type(mask)?.type === 'bool',
      past: pastKeys,
    });
    const sum = writer.step('sum', 'MatMul', [share, taken('v', v, pastValues, own, 1)]);
    if (rank === 4) return sum;
    const back = writer.step('tokens', 'Transpose', [sum], { perm: [0, 2, 1, 3] });
    return writer.step('joined', 'Reshape', [back, writer.ints('joined-shape', [0, 0, many * own])]);
  });
};

/** Pairs of numbers turned by the angle of their place. */
const rotary = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', cos = '', sin = '', places = ''] = node.inputs;
  const shape = shop.type(x)?.shape;
  const count = numberOf(node.attrs['num_heads']) ?? 0;
  const last = shape?.at(-1);
  if (shape === undefined || typeof last !== 'number' || (shape.length === 3 && count === 0))
    return shop.refuse(onnxSays.needsShape(node.op));
  const size = shape.length === 4 ? last : last / count;
  const turned = numberOf(node.attrs['rotary_embedding_dim']) || size;
  const interleaved = numberOf(node.attrs['interleaved']) === 1;
  return writeOut(node, shop, (writer) => {
    const { step, ints } = writer;
    const cut = (part: string, from: string, start: number, end: number, pace = 1): string =>
      step(part, 'Slice', [
        from,
        ints(`${part}-start`, [start]),
        ints(`${part}-end`, [end]),
        ints(`${part}-axis`, [-1]),
        ints(`${part}-step`, [pace]),
      ]);
    const tokens =
      shape.length === 4
        ? step('tokens', 'Transpose', [x], { perm: [0, 2, 1, 3] })
        : step('tokens', 'Reshape', [x, ints('tokens-shape', [0, 0, count, size])]);
    const rotated = turned === size ? tokens : cut('rotated', tokens, 0, turned);
    const half = turned / 2;
    const [first, second] = interleaved
      ? [cut('even', rotated, 0, turned, 2), cut('odd', rotated, 1, turned, 2)]
      : [cut('first', rotated, 0, half), cut('second', rotated, half, turned)];
    const table = (part: string, from: string): string =>
      step(part, 'Unsqueeze', [
        places === '' ? from : step(`${part}-places`, 'Gather', [from, places]),
        ints(`${part}-axis`, [2]),
      ]);
    const [c, s] = [table('cos', cos), table('sin', sin)];
    const real = step('real', 'Sub', [step('cos-first', 'Mul', [first, c]), step('sin-second', 'Mul', [second, s])]);
    const other = step('other', 'Add', [step('sin-first', 'Mul', [first, s]), step('cos-second', 'Mul', [second, c])]);
    const apart = (part: string, from: string): string => step(part, 'Unsqueeze', [from, ints(`${part}-axis`, [-1])]);
    const pairs = interleaved
      ? step('pairs', 'Reshape', [
          step('stacked', 'Concat', [apart('real-apart', real), apart('other-apart', other)], { axis: -1 }),
          step('pairs-shape', 'Shape', [rotated]),
        ])
      : step('pairs', 'Concat', [real, other], { axis: -1 });
    const whole =
      turned === size ? pairs : step('whole', 'Concat', [pairs, cut('still', tokens, turned, size)], { axis: -1 });
    return shape.length === 4
      ? step('back', 'Transpose', [whole], { perm: [0, 2, 1, 3] })
      : step('back', 'Reshape', [whole, step('back-shape', 'Shape', [x])]);
  });
};

/** Attention and the turning of its queries and keys. */
export const attentionUpgrades: readonly Upgrade[] = [
  {
    name: 'write-out-attention',
    summary: 'Attention (since opset 23) is two MatMuls with a Softmax between them.',
    ops: ['Attention'],
    before: Infinity,
    attrs: {
      is_causal: int,
      kv_num_heads: int,
      left_window_size: int,
      q_num_heads: int,
      qk_matmul_output_mode: int,
      right_window_size: int,
      scale: float,
      softcap: float,
      softmax_precision: int,
    },
    apply: attention,
  },
  {
    name: 'write-out-rotary',
    summary: 'RotaryEmbedding (since opset 23) is sums of products with tables of cosines and sines.',
    ops: ['RotaryEmbedding'],
    before: Infinity,
    attrs: { interleaved: int, num_heads: int, rotary_embedding_dim: int },
    apply: rotary,
  },
];
