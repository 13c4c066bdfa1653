import { sizeOf, tensor, toNumbers } from '@kirchhoff/graph';
import { openBare, reference } from '@kirchhoff/runtime';
import { describe, expect, it } from 'vitest';
import { AttributeProto_AttributeType as Kind, TensorProto_DataType as Code } from '../src/generated/onnx_pb.js';
import { seeded } from './exporter.js';
import { int, model, read, refusal, value, type AttributeInit } from './model.js';

const text = (name: string, s: string): AttributeInit => ({ name, type: Kind.STRING, s: new TextEncoder().encode(s) });

interface Sampled {
  readonly opset: number;
  readonly mode: string;
  readonly padding: string;
  readonly corners: number;
  readonly x: readonly (number | string)[];
  readonly grid: readonly number[];
  /** The grid's numbers; drawn, some of them outside of the map, unless given. */
  readonly values?: readonly number[];
  readonly isInput?: boolean;
}

const bytesOf = ({ opset, mode, padding, corners, x, grid, values = [], isInput = false }: Sampled): Uint8Array =>
  model(
    {
      name: 'grid',
      input: [value('x', x), ...(isInput ? [value('grid', grid)] : [])],
      output: [value('y', [...x.slice(0, 2), ...grid.slice(1, -1)])],
      initializer: isInput
        ? []
        : [{ name: 'grid', dims: grid.map(BigInt), dataType: Code.FLOAT, floatData: [...values] }],
      node: [
        {
          opType: 'GridSample',
          input: ['x', 'grid'],
          output: ['y'],
          attribute: [text('mode', mode), text('padding_mode', padding), int('align_corners', corners)],
        },
      ],
    },
    opset,
  );

const paddings = ['zeros', 'border', 'reflection'] as const;
const plane = { x: [2, 2, 4, 5], grid: [2, 3, 4, 2] } as const;
const room = { x: [2, 1, 3, 4, 2], grid: [2, 2, 3, 2, 3] } as const;

const cases: readonly Sampled[] = paddings.flatMap((padding) =>
  [0, 1].flatMap((corners) => [
    ...['bilinear', 'nearest', 'bicubic'].map((mode) => ({ opset: 16, mode, padding, corners, ...plane })),
    ...['linear', 'nearest', 'cubic'].map((mode) => ({ opset: 20, mode, padding, corners, ...plane })),
    ...['linear', 'nearest'].map((mode) => ({ opset: 20, mode, padding, corners, ...room })),
  ]),
);

/** The same grid for every sample, reaching beyond the map on all sides, ends and halves among its places. */
const drawn = (grid: readonly number[]): readonly number[] => {
  const next = seeded(5);
  const one = Array.from({ length: sizeOf(grid.slice(1)) }, (_, i) =>
    i % 5 === 0 ? [-1, 1, 0, 0.5, -0.5][(i / 5) % 5]! : Math.fround(1.4 * next()),
  );
  return Array.from({ length: grid[0]! }, () => one).flat();
};

describe('GridSample at constant places', () => {
  it.each(cases)('$mode in opset $opset, $padding, align_corners $corners, of $x', async (one) => {
    const bytes = bytesOf({ ...one, values: drawn(one.grid) });
    const shape = one.x.map(Number);
    const next = seeded(11);
    const x = tensor('float32', shape, Array.from({ length: sizeOf(shape) }, next));
    const { graph, store, upgrades } = read(bytes);
    expect(upgrades).toEqual(['write-out-grid-sample: y (GridSample)']);
    const session = await reference.compile(graph, store);
    const found = (await session.run({ x }).finally(session.close))['y']!;
    const bare = await openBare(bytes, { threads: 1 });
    const wanted = (await bare.run({ x }).finally(bare.close))['y']!;
    expect(found.shape).toEqual(wanted.shape);
    const right = toNumbers(wanted.data);
    toNumbers(found.data).forEach((number, i) => expect(number).toBeCloseTo(right[i]!, 5));
  });

  it('is refused where the input moves them, the sizes are open, or samples have places of their own', () => {
    const one = { opset: 20, mode: 'linear', padding: 'zeros', corners: 0, x: [2, 1, 3, 3], grid: [2, 1, 1, 2] };
    const said = 'model.onnx y (GridSample): ';
    expect(refusal(bytesOf({ ...one, isInput: true }))).toBe(
      `${said}GridSample at places that the input moves (a spatial transformer) is not read, for relevance has no rule for where one looks; give the grid as a constant, or explain a model that begins behind it`,
    );
    expect(refusal(bytesOf({ ...one, x: ['N', 1, 'H', 3], values: [0, 0, 0, 0] }))).toBe(
      `${said}GridSample is written out by other operators, for which the shape of what it takes must be known; export the model with the shapes of its inputs`,
    );
    expect(refusal(bytesOf({ ...one, values: [0, 0, 0, 0.5] }))).toBe(
      `${said}GridSample with another grid for each sample of the batch is not read; export the model with a batch of one`,
    );
  });
});
