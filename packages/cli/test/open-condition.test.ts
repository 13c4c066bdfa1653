import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy } from '@kirchhoff/explain';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Code,
} from '../../onnx/src/generated/onnx_pb.js';
import { model, value, type GraphInit, type NodeInit } from '../../onnx/test/model.js';
import { openDesk, type Desk } from './terminal.js';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.clear());

const node = (opType: string, input: readonly string[], output: string): NodeInit => ({
  opType,
  input: [...input],
  output: [output],
});

const branch = (name: string, op: string): GraphInit => ({
  name,
  output: [{ name }],
  node: [node(op, ['x', 'x'], name)],
});

/** [N, T]: x + x where T is 4, else x · x. */
const byLength: GraphInit = {
  name: 'by-length',
  input: [value('x', ['N', 'T'])],
  output: [value('y', ['N', 'T'])],
  initializer: [
    { name: 'axis', dims: [1n], dataType: Code.INT64, int64Data: [1n] },
    { name: 'four', dims: [1n], dataType: Code.INT64, int64Data: [4n] },
  ],
  node: [
    node('Shape', ['x'], 'shape'),
    node('Gather', ['shape', 'axis'], 'size'),
    node('Equal', ['size', 'four'], 'condition'),
    {
      ...node('If', ['condition'], 'y'),
      attribute: [
        { name: 'then_branch', type: Kind.GRAPH, g: branch('sum', 'Add') },
        { name: 'else_branch', type: Kind.GRAPH, g: branch('square', 'Mul') },
      ],
    },
  ],
};

const put = (name: string, ...values: readonly number[]): void =>
  writeFileSync(
    join(desk.folder, name),
    writeNpy({ type: 'float32', shape: [1, values.length], data: Float32Array.from(values) }),
  );

const explain = (...more: readonly string[]) =>
  desk.run(
    'explain',
    'DIR/m.onnx',
    '--composite',
    'gradient-times-input',
    '--target',
    '2',
    '--out',
    'DIR/out',
    ...more,
  );

const map = (): readonly number[] => {
  const read = readNpy(readFileSync(join(desk.folder, 'out/relevance.npy')), '');
  return E.isLeft(read) ? [] : [...read.right.data].map(Number);
};

describe('an If on the number of samples', () => {
  const byNumber: GraphInit = {
    ...byLength,
    initializer: byLength.initializer!.map((one) => (one.name === 'axis' ? { ...one, int64Data: [0n] } : one)),
  };
  const why = 'node "y" (If) does one thing or another by the number of samples';

  beforeEach(() => writeFileSync(join(desk.folder, 'm.onnx'), model(byNumber)));

  test('they cannot be said to lie apart', async () => {
    const stated = await desk.run('inspect', 'DIR/m.onnx', '--size', 'N=2', '--size', 'T=3', '--batch-axis', 'x=0');
    expect(stated).toMatchObject({ code: 1 });
    expect(stated.err).toContain(why);
  });

  test('nor the places of another axis that is open', async () => {
    const sized = await desk.run('inspect', 'DIR/m.onnx', '--size', 'N=2', '--size', 'T=3');
    expect([sized.code, sized.out]).toEqual([0, expect.stringContaining('one sample')]);
    put('four.npy', 1, 2, 3, 4);
    expect((await explain('--input', 'DIR/four.npy')).out).toContain('one sample');
  });

  test('also as it is imported', async () => {
    expect((await desk.run('import', 'DIR/m.onnx', '--size', 'N=2', '--size', 'T=3', '--out', 'DIR/m')).code).toBe(0);
    expect((await desk.run('inspect', 'DIR/m')).out).toContain('one sample');
  });
});

describe('an If on an open length', () => {
  beforeEach(() => {
    writeFileSync(join(desk.folder, 'm.onnx'), model(byLength));
    put('four.npy', 1, 2, 3, 4);
    put('five.npy', 1, 2, 3, 4, 5);
  });

  test('is the branch that the given file takes', async () => {
    expect((await explain('--input', 'DIR/four.npy')).code).toBe(0);
    expect(map()).toEqual([0, 0, 6, 0]);
    expect((await explain('--input', 'DIR/five.npy')).code).toBe(0);
    expect(map()).toEqual([0, 0, 18, 0, 0]);
  });

  test('in a batch and in a series, whose number of samples stays open', async () => {
    put('more.npy', 5, 6, 7, 8);
    expect((await explain('--input', 'DIR/four.npy', 'DIR/more.npy')).code).toBe(0);
    expect(map()).toEqual([0, 0, 6, 0, 0, 0, 14, 0]);
    expect(await explain('--input', 'DIR/[fm]o*.npy', '--batch-size', '1')).toMatchObject({ code: 0, err: '' });
    expect(map()).toEqual([0, 0, 6, 0, 0, 0, 14, 0]);
  });

  test('or that which is stated; a file of another length is told the symbol', async () => {
    const said = async (...more: readonly string[]): Promise<string> => (await explain(...more)).err;
    expect(await said('--size', 'T=4', '--input', 'DIR/five.npy')).toMatchInlineSnapshot(`
      "DIR/five.npy: input "x" has shape [1, 5], but the graph declares [N, T], and here T is 4 (as stated with --size, as in the first file, or by the model's own equations); give an array of that size
      "
    `);
    expect(await said('--input', 'DIR/four.npy', 'DIR/five.npy')).toMatchInlineSnapshot(`
      "DIR/five.npy: input "x" has shape [1, 5], but the graph declares [N, T], and here T is 4 (as stated with --size, as in the first file, or by the model's own equations); give an array of that size
      "
    `);
    expect(await said('--size', 'Q=4', '--input', 'DIR/five.npy')).toMatchInlineSnapshot(`
      "--size: the model has no open size Q (did you mean "N"?); it has N, T
      "
    `);
    expect((await desk.run('inspect', 'DIR/m.onnx')).err).toMatchInlineSnapshot(`
      "DIR/m.onnx: If (node y) is read where its condition is known beforehand, but this one depends on open sizes (T); export the model with fixed sizes, or state them (--size NAME=NUMBER)
      "
    `);
    expect((await desk.run('inspect', 'DIR/m.onnx', '--size', 'T=4')).code).toBe(0);
    expect((await desk.run('import', 'DIR/m.onnx', '--size', 'T=4', '--out', 'DIR/folder')).code).toBe(0);
  });
});

/** [N, 1, H], halved and doubled again: there are types for an even H alone. */
const halved = {
  format: 'kirchhoff-graph/1',
  name: 'halved',
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 1, 'H'] }],
  nodes: [
    { name: 'p', op: 'MaxPool', inputs: ['x'], attrs: { kernel_shape: [2], strides: [2] } },
    { name: 'u', op: 'ConvTranspose', inputs: ['p', 'K'], attrs: { strides: [2] } },
    { name: 'y', op: 'Add', inputs: ['u', 'x'] },
  ],
  outputs: ['y'],
  tensors: { K: { type: 'float32', shape: [1, 1, 2], data: [1, 2] } },
};

describe('a graph without types as long as a size is open', () => {
  const write = (name: string, size: number): void =>
    writeFileSync(
      join(desk.folder, name),
      writeNpy({ type: 'float32', shape: [1, 1, size], data: new Float32Array(size).map((_, i) => i + size) }),
    );
  const of = (...more: readonly string[]) =>
    desk.run('explain', 'DIR/m.json', '--target', '1', '--out', 'DIR/out', '--input', ...more);

  beforeEach(() => {
    writeFileSync(join(desk.folder, 'm.json'), JSON.stringify(halved));
    for (const name of ['a', 'b', 'c']) write(`${name}.npy`, 4);
    write('long.npy', 6);
  });

  test('takes those of the files, in a batch and in a series alike', async () => {
    expect(await of('DIR/a.npy', 'DIR/b.npy', 'DIR/c.npy')).toMatchObject({ code: 0, err: '' });
    const batch = map();
    expect(batch).toHaveLength(12);
    expect(await of('DIR/[abc].npy', '--batch-size', '2')).toMatchObject({ code: 0, err: '' });
    expect(map()).toEqual(batch);
  });

  test('says which symbol is another number in a later file', async () => {
    expect((await of('DIR/a.npy', 'DIR/long.npy')).err).toMatchInlineSnapshot(`
      "DIR/long.npy: input "x" has shape [1, 1, 6], but the graph declares [N, 1, H], and here H is 4 (as stated with --size, as in the first file, or by the model's own equations); give an array of that size
      "
    `);
  });
});
