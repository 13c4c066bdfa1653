import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor, toNumbers, type Graph, type StoredTensor } from '@kirchhoff/graph';
import { encodeOnnx } from '@kirchhoff/onnx';
import { backends, openBare } from '@kirchhoff/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Two inputs that share N; a side branch that only `side` needs. */
const graph: Graph = {
  name: 'two',
  inputs: [
    { name: 'a', type: 'float32', shape: ['N', 2] },
    { name: 'b', type: 'float32', shape: ['N', 2] },
    { name: 'k', type: 'int64', shape: [1] },
  ],
  nodes: [
    { name: 'weight', op: 'Relu', inputs: ['w'] },
    { name: 'sum', op: 'Add', inputs: ['a', 'b'] },
    { name: 'scaled', op: 'Mul', inputs: ['sum', 'weight'] },
    { name: 'side', op: 'Add', inputs: ['k', 'k'] },
  ],
  outputs: ['scaled', 'side'],
  tensors: { w: { type: 'float32', shape: [2], data: [-1, 3] } },
};
const a = tensor('float32', [1, 2], [1, 2]);
const k = tensor('int64', [1], [4]);

describe.each(Object.values(backends))('a session of $name', (backend) => {
  const compiled = (options = {}) => backend.compile(graph, new Map(), options);

  it('gives its outputs in their types', async () => {
    const outputs = await (await compiled({ threads: 1 })).run({ a, b: a, k });
    expect([...toNumbers(outputs['scaled']!.data)]).toEqual([0, 12]);
    expect(outputs['scaled']!.type).toBe(backend.name === 'reference' ? 'float64' : 'float32');
    expect(outputs['side']).toEqual({ type: 'int64', shape: [1], data: BigInt64Array.of(8n) });
  });
  it('takes float64 for float32', async () => {
    const outputs = await (await compiled()).run({ a: tensor('float64', [1, 2], [0.5, 1]), b: a, k });
    expect([...toNumbers(outputs['scaled']!.data)]).toEqual([0, 9]);
  });
  it('runs only what the outputs asked for need', async () => {
    const session = await compiled({ outputs: ['sum', 'weight'] });
    const outputs = await session.run({ a, b: a });
    expect(Object.keys(outputs)).toEqual(['sum', 'weight']);
    expect([...toNumbers(outputs['weight']!.data)]).toEqual([0, 3]);
    expect(Object.keys(await session.run({ a, b: a, k }))).toEqual(['sum', 'weight']);
  });
  it('gives inputs and constants out, too', async () => {
    const outputs = await (await compiled({ outputs: ['a', 'w'] })).run({ a });
    expect([...toNumbers(outputs['a']!.data)]).toEqual([1, 2]);
    expect([...toNumbers(outputs['w']!.data)]).toEqual([-1, 3]);
  });
  it('refuses outputs that the graph does not have', async () => {
    await expect(compiled({ outputs: ['scale'] })).rejects.toThrow('no value "scale" (did you mean "scaled"?)');
  });
  it('names everything that is wrong with its inputs', async () => {
    const session = await compiled();
    await expect(session.run({ a, c: a, k: a })).rejects.toThrow(
      [
        'the graph has no input "c" (did you mean "a"?); it has: a, b, k',
        'the graph needs an input "b"; given: "a", "c", "k"',
        'input "k" holds float32, but the graph declares int64',
      ].join('\n'),
    );
    await expect(session.run({ a, b: tensor('float32', [2, 2], [1, 2, 3, 4]), k })).rejects.toThrow(
      'input "b" has 2 at axis 0 (N), but by the other inputs N is 1',
    );
    await expect(session.run({ a, b: tensor('float32', [1, 3], [1, 2, 3]), k })).rejects.toThrow(
      'input "b" has shape [1, 3], but the graph declares [N, 2]',
    );
    await expect(session.run({ a, b: { ...a, shape: [3, 2] }, k })).rejects.toThrow(
      'input "b" holds 2 elements, but its shape [3, 2] needs 6',
    );
    await expect(session.run({ a, b: tensor('float32', [1, 2], [0, NaN]), k })).rejects.toThrow(
      'input "b" holds NaN at [0, 1]',
    );
  });
  it('holds expressions of symbols against the symbols', async () => {
    const pairs: Graph = {
      ...graph,
      inputs: [
        { name: 'pairs', type: 'float32', shape: ['2*T'] },
        { name: 'steps', type: 'float32', shape: ['T'] },
      ],
      nodes: [{ name: 'all', op: 'Concat', inputs: ['pairs', 'steps'], attrs: { axis: 0 } }],
      outputs: ['all'],
    };
    const session = await backend.compile(pairs, new Map());
    const ofSize = (size: number) =>
      tensor(
        'float32',
        [size],
        Array.from({ length: size }, () => 1),
      );
    expect((await session.run({ pairs: ofSize(4), steps: ofSize(2) }))['all']!.shape).toEqual([6]);
    await expect(session.run({ pairs: ofSize(4), steps: ofSize(3) })).rejects.toThrow(
      'input "pairs" has 4 at axis 0 (2*T), but by the other inputs 2*T is 6',
    );
  });
  it('refuses a graph whose shapes clash before it runs', async () => {
    const clash: Graph = {
      ...graph,
      nodes: [{ name: 'clash', op: 'Concat', inputs: ['a', 'w'], attrs: { axis: 0 } }],
      outputs: ['clash'],
    };
    await expect(backend.compile(clash, new Map())).rejects.toThrow('(clash)');
  });
  it('refuses to run once it is closed', async () => {
    const session = await compiled();
    await session.close();
    await expect(session.run({ a, b: a, k })).rejects.toThrow('this session is closed');
    await expect(session.close()).resolves.toBeUndefined();
  });
  it('refuses to give NaN out', async () => {
    const root: Graph = {
      ...graph,
      inputs: graph.inputs.slice(0, 1),
      nodes: [
        { name: 'root', op: 'Sqrt', inputs: ['a'] },
        { name: 'double', op: 'Add', inputs: ['root', 'root'] },
      ],
      outputs: ['double'],
    };
    const session = await backend.compile(root, new Map());
    await expect(session.run({ a: tensor('float32', [1, 2], [1, -1]) })).rejects.toThrow(
      backend.name === 'reference' ? /^root: this node makes NaN/ : /^output "double" holds NaN at \[0, 1\]/,
    );
  });
  it('says which index leads out of a tensor', async () => {
    const pick: Graph = {
      ...graph,
      nodes: [{ name: 'pick', op: 'Gather', inputs: ['w', 'k'] }],
      outputs: ['pick'],
    };
    const session = await backend.compile(pick, new Map());
    await expect(session.run({ k })).rejects.toThrow(/^pick: .*4/s);
  });
});

describe('weights that lie in files', () => {
  const weights = Float32Array.from({ length: 512 }, (_, i) => i / 8);
  const deep: Graph = {
    name: 'deep',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 512] }],
    nodes: [
      { name: 'first', op: 'Gemm', inputs: ['x', 'w'], attrs: { transB: 1 } },
      { name: 'y', op: 'Gemm', inputs: ['x', 'v', 'first'], attrs: { transB: 1 } },
    ],
    outputs: ['y'],
    tensors: { w: { file: 'w.bin' }, v: { file: 'other/v.bin' } },
  };
  const x = tensor(
    'float32',
    [2, 512],
    Array.from({ length: 1024 }, (_, i) => (i % 7) - 3),
  );
  let folder = '';
  let store: ReadonlyMap<string, StoredTensor> = new Map();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weights-'));
    await writeFile(join(folder, 'w.bin'), Buffer.concat([Buffer.alloc(24), Buffer.from(weights.buffer)]));
    const stored = (place: string, name: string): StoredTensor => ({
      type: 'float32',
      shape: [1, 512],
      read: () => weights,
      file: { folder: place, name, offset: 24, length: 2048 },
    });
    store = new Map([
      ['w', stored(folder, 'w.bin')],
      ['v', stored('/no/such/folder', 'v.bin')],
    ]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([false, true])('are mapped from one folder and copied from others (prepack: %s)', async (prepack) => {
    const [expected, found] = await Promise.all(
      [backends.reference, backends.ort].map(async (backend) => {
        const session = await backend.compile(deep, store, { prepack });
        return toNumbers((await session.run({ x }))['y']!.data);
      }),
    );
    expect([...found!]).toEqual([...expected!].map((value) => expect.closeTo(value, 2)));
  });
  it('are read from their file by onnxruntime', async () => {
    await writeFile(join(folder, 'w.bin'), Buffer.alloc(24 + 2048));
    const session = await backends.ort.compile(deep, store, { outputs: ['first'] });
    expect([...toNumbers((await session.run({ x }))['first']!.data)]).toEqual([0, 0]);
  });
  it('that are gone are missed without a word of C++', async () => {
    await rm(join(folder, 'w.bin'));
    const refusal = await backends.ort
      .compile(deep, store, { outputs: ['first'] })
      .catch((error: unknown) => String(error));
    expect(refusal).toMatch(/onnxruntime cannot run this graph/);
    expect(refusal).not.toMatch(/\.cc|::|Status/);
  });
});

it('what onnxruntime cannot run is refused with the node that it names', async () => {
  const wide: Graph = {
    name: 'wide',
    inputs: [{ name: 'x', type: 'float64', shape: [1, 1, 3, 3] }],
    nodes: [{ name: 'conv', op: 'Conv', inputs: ['x', 'w'] }],
    outputs: ['conv'],
    tensors: { w: { type: 'float64', shape: [1, 1, 2, 2], data: [1, 2, 3, 4] } },
  };
  const refusal = await openBare(encodeOnnx(wide, new Map())).catch((error: unknown) => String(error));
  expect(refusal).toMatch(/conv: onnxruntime cannot run this graph: .*Conv.*; the backend "reference" may/);
  expect(refusal).not.toMatch(/\.cc|::/);
});
