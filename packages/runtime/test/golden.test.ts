import { readFile } from 'node:fs/promises';
import { sizeOf, tensor, toNumbers, type ElementType, type Tensor } from '@kirchhoff/graph';
import { decodeOnnx } from '@kirchhoff/onnx';
import { backends } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../../specs/golden/', import.meta.url);

const npyTypes: Readonly<Record<string, readonly [ElementType, (view: DataView, at: number) => number, number]>> = {
  '<f4': ['float32', (view, at) => view.getFloat32(at, true), 4],
  '<f8': ['float64', (view, at) => view.getFloat64(at, true), 8],
  '<i8': ['int64', (view, at) => Number(view.getBigInt64(at, true)), 8],
};

/** A little-endian, row-major .npy file of version 1. */
const readNpy = async (path: string): Promise<Tensor> => {
  const bytes = await readFile(new URL(path, folder));
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, start).toString('latin1');
  const [type, at, width] = npyTypes[/'descr': '([^']*)'/.exec(header)![1]!]!;
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  return tensor(
    type,
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => at(view, i * width)),
  );
};

const modelOf = async (name: string) => {
  const read = decodeOnnx(await readFile(new URL(`${name}/model.onnx`, folder)), { place: 'model.onnx' });
  if (E.isLeft(read)) throw new Error(JSON.stringify(read.left, undefined, 1));
  return read.right;
};

const relativeError = (found: Tensor, expected: Tensor): number => {
  const [a, b] = [toNumbers(found.data), toNumbers(expected.data)];
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return b.reduce((most, value, i) => Math.max(most, Math.abs(value - a[i]!)), 0) / scale;
};

const tolerance = { reference: 1e-12, ort: 1e-5 };

describe.each(Object.values(backends))('golden models on $name', (backend) => {
  it('cnn-small gives its logits', async () => {
    const { graph, store } = await modelOf('cnn-small');
    const session = await backend.compile(graph, store);
    const { [graph.outputs[0]!]: logits } = await session.run({
      [graph.inputs[0]!.name]: await readNpy('cnn-small/input.npy'),
    });
    const expected = await readNpy('cnn-small/logits.npy');
    expect(logits!.shape).toEqual(expected.shape);
    expect(relativeError(logits!, expected)).toBeLessThan(tolerance[backend.name]);
    await session.close();
  });

  it('bilstm-small gives its logits for every sequence', async () => {
    const { graph, store } = await modelOf('bilstm-small');
    const session = await backend.compile(graph, store);
    for (const sequence of ['00', '01', '02', '03']) {
      const { [graph.outputs[0]!]: logits } = await session.run({
        [graph.inputs[0]!.name]: await readNpy(`bilstm-small/${sequence}-tokens.npy`),
      });
      const expected = await readNpy(`bilstm-small/${sequence}-logits.npy`);
      expect(relativeError(logits!, expected)).toBeLessThan(tolerance[backend.name]);
    }
    await session.close();
  });
});
