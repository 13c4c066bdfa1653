import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOnnxFile, writeAllAtomically } from '@kirchhoff/explain/node';
import { encodeOnnx } from '@kirchhoff/onnx';
import { backends } from '@kirchhoff/runtime';
import { tensor, toNumbers, type Graph, type StoredTensor } from '@kirchhoff/graph';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemsOf, right } from './support.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-onnx-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const size = 512;
const graph: Graph = {
  name: 'wide',
  inputs: [{ name: 'x', type: 'float32', shape: ['N', size] }],
  nodes: [{ name: 'y', op: 'Mul', inputs: ['x', 'w'] }],
  outputs: ['y'],
  tensors: { w: { file: 'model.onnx' } },
};
const values = Float32Array.from({ length: size }, (_, i) => i / 4);

/** Bytes of a model whose one weight lies at `name`, `offset` and `length` of a file beside it. */
const encoded = (name: string, offset: number, length = values.byteLength): Uint8Array => {
  const stored: StoredTensor = {
    ...tensor('float32', [size], values),
    read: () => values,
    file: { folder, name, offset, length },
  };
  return encodeOnnx(graph, new Map([['w', stored]]), { external: true });
};

const bytes = new Uint8Array(values.buffer);

describe('an ONNX file', () => {
  test('finds its external data, at any offset and below its folder', async () => {
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    right(writeAllAtomically(join(folder, 'parts'), [['w.bin', shifted]]));
    writeFileSync(join(folder, 'model.onnx'), encoded('parts/w.bin', 3));
    const { store, name, upgrades } = right(await openOnnxFile(join(folder, 'model.onnx')));
    expect({ name, upgrades }).toEqual({ name: 'model.onnx', upgrades: [] });
    expect([...toNumbers(store.get('w')!.read())]).toEqual([...values]);
  });

  test.each([
    ['../w.bin', 0, 'outside the model'],
    ['/w.bin', 0, 'outside the model'],
    ['w.bin', 1, `external data are truncated: ${bytes.length + 1} bytes are needed, the file has ${bytes.length}`],
    ['v.bin', 0, 'v.bin: there is no such file (did you mean "w.bin"?)'],
  ])('refuses data at %s from %i', async (location, offset, said) => {
    writeFileSync(join(folder, 'w.bin'), bytes);
    writeFileSync(join(folder, 'model.onnx'), encoded(location, offset));
    expect(problemsOf(await openOnnxFile(join(folder, 'model.onnx')))).toContain(said);
  });

  test('follows links to where the model itself lies, as caches of downloads keep files, and inside its folder', async () => {
    const [blobs, snapshot] = ['blobs', 'snapshots/abc'].map((name) => join(folder, name));
    mkdirSync(blobs!);
    mkdirSync(snapshot!, { recursive: true });
    writeFileSync(join(blobs!, 'aaa'), encoded('model.onnx_data', 0));
    writeFileSync(join(blobs!, 'bbb'), bytes);
    symlinkSync('../../blobs/aaa', join(snapshot!, 'model.onnx'));
    symlinkSync('../../blobs/bbb', join(snapshot!, 'model.onnx_data'));
    symlinkSync('snapshots/abc', join(folder, 'latest'));
    for (const way of ['snapshots/abc', 'latest']) {
      const { store, graph: opened } = right(await openOnnxFile(join(folder, way, 'model.onnx')));
      expect([...toNumbers(store.get('w')!.read())]).toEqual([...values]);
      // onnxruntime follows no link: it is told where the bytes are.
      expect(store.get('w')!.file).toMatchObject({ folder: realpathSync(blobs!), name: 'bbb' });
      const session = await backends.ort.compile(opened, store);
      const { y } = await session.run({ x: tensor('float32', [1, size], values) }).finally(session.close);
      expect([...toNumbers(y!.data)]).toEqual([...values].map((value) => value ** 2));
    }
    writeFileSync(join(folder, 'plain.onnx'), encoded('near.bin', 0));
    symlinkSync('blobs/bbb', join(folder, 'near.bin'));
    expect(right(await openOnnxFile(join(folder, 'plain.onnx'))).store.get('w')!.file).toMatchObject({
      folder: realpathSync(folder),
      name: 'blobs/bbb',
    });
  });

  test('refuses links that lead anywhere else', async () => {
    const [home, away] = ['home', 'away'].map((name) => join(folder, name));
    mkdirSync(home!);
    mkdirSync(away!);
    writeFileSync(join(away!, 'w.bin'), bytes);
    writeFileSync(join(home!, 'model.onnx'), encoded('w.bin', 0));
    symlinkSync('../away/w.bin', join(home!, 'w.bin'));
    const said = `${join(home!, 'model.onnx')}: "w.bin" is a link to a file outside the model's folder, which is not opened; put the file itself beside the model`;
    expect(problemsOf(await openOnnxFile(join(home!, 'model.onnx')))).toBe(said);
    writeFileSync(join(home!, 'below.onnx'), encoded('parts/w.bin', 0));
    symlinkSync('../away', join(home!, 'parts'));
    expect(problemsOf(await openOnnxFile(join(home!, 'below.onnx')))).toContain(
      '"parts/w.bin" is a link to a file outside',
    );
  });

  test('of more than 2 GB is refused before it is read', async () => {
    const path = join(folder, 'huge.onnx');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    expect(problemsOf(await openOnnxFile(path))).toBe(
      `${path}: the file has 2147483648 bytes, but no ONNX file is larger than 2 GB: the weights belong in a file beside it; save the model with external data (onnx.save_model with save_as_external_data=True)`,
    );
  });
});
