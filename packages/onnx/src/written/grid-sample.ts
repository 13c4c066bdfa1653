import { sizeOf, toNumbers } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from '../read-node.js';
import { numberOf, vector } from '../respelled.js';
import type { OldNode, Upgrade, Workshop } from '../upgrade.js';
import { tapsAt, type Reading, type Tap } from './grid-place.js';
import { writeOut } from './writer.js';

const modes: Readonly<Record<string, Reading['mode']>> = {
  bilinear: 'linear',
  linear: 'linear',
  nearest: 'nearest',
  bicubic: 'cubic',
  cubic: 'cubic',
};

const readingOf = ({ attrs }: OldNode): Reading => ({
  mode: modes[String(attrs['mode'] ?? 'linear')] ?? 'linear',
  padding: (attrs['padding_mode'] ?? 'zeros') as Reading['padding'],
  alignCorners: numberOf(attrs['align_corners']) === 1,
});

/** The elements of a map that one place reads: those of its axes, combined. */
const combined = (taps: readonly (readonly Tap[])[], sizes: readonly number[]): readonly Tap[] =>
  taps.reduce<readonly Tap[]>(
    (sofar, own, axis) =>
      sofar.flatMap((one) =>
        own.map(({ at, weight }) => ({
          at: one.at < 0 || at < 0 ? -1 : one.at * sizes[axis]! + at,
          weight: one.weight * weight,
        })),
      ),
    [{ at: 0, weight: 1 }],
  );

/** Whether every sample has the grid of the first. */
const isShared = (grid: ArrayLike<number>, samples: number): boolean => {
  const size = grid.length / samples;
  return Array.from(grid).every((value, i) => value === grid[i % size]);
};

/** GridSample at places that are known: the elements that each place reads, times their weights, summed. */
const gridSample = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', grid = ''] = node.inputs;
  const dims = shop.type(x)?.shape;
  const stored = shop.stored(grid);
  if (stored === undefined) return shop.refuse(onnxSays.computedGrid());
  const [samples = 1, ...lead] = stored.shape;
  const [outputs, rank] = [lead.slice(0, -1), lead.length - 1];
  const sizes = dims?.slice(2).filter((dim) => typeof dim === 'number') ?? [];
  if (sizes.length !== rank) return shop.refuse(onnxSays.needsShape(node.op));
  const values = toNumbers(stored.read());
  if (!isShared(values, samples)) return shop.refuse(onnxSays.gridOfEachSample());
  const reading = readingOf(node);
  const places = Array.from({ length: sizeOf(outputs) }, (_, p) =>
    combined(
      sizes.map((size, axis) => tapsAt(values[p * rank + rank - 1 - axis]!, size, reading)),
      sizes,
    ),
  );
  const taps = places.flat();
  const perPlace = taps.length / places.length;
  return writeOut(node, shop, ({ step, ints, tensor }) => {
    const type = shop.type(x)!.type;
    const flat = step('flat', 'Reshape', [x, ints('flat-shape', [0, 0, sizeOf(sizes)])]);
    const shape = perPlace === 1 ? [places.length] : [places.length, perPlace];
    const at = tensor(
      'places',
      vector(
        'int64',
        taps.map((tap) => Math.max(tap.at, 0)),
        shape,
      ),
    );
    const read = step('read', 'Gather', [flat, at], { axis: 2 });
    const counted = taps.map((tap) => (tap.at < 0 ? 0 : tap.weight));
    const weighed = counted.every((weight) => weight === 1)
      ? read
      : step('weighed', 'Mul', [read, tensor('weights', vector(type, counted, shape))]);
    const summed =
      perPlace === 1 ? weighed : step('summed', 'ReduceSum', [weighed, ints('summed-axes', [3])], { keepdims: 0 });
    return step('shaped', 'Reshape', [summed, ints('shape', [0, 0, ...outputs])]);
  });
};

export const gridUpgrades: readonly Upgrade[] = [
  {
    name: 'write-out-grid-sample',
    summary:
      'GridSample at places that are known is a sum of the elements that each of them reads, times their weights.',
    ops: ['GridSample'],
    before: Infinity,
    attrs: {
      mode: { type: 'string', optional: true },
      padding_mode: { type: 'string', optional: true },
      align_corners: { type: 'int', optional: true },
    },
    apply: gridSample,
  },
];
