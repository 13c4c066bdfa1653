import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import {
  findNonFinite,
  openSafetensors,
  resolveTensors,
  tensor,
  writeSafetensors,
  type Graph,
  type OpenTensors,
  type TensorEntry,
} from '../src/index.js';

const weights = writeSafetensors(
  new Map([
    ['conv1.weight', tensor('float32', [2, 1, 1, 2], [1, 2, Infinity, Number.NaN])],
    ['index', tensor('int64', [1], [7])],
  ]),
);
const open: OpenTensors = (file) => openSafetensors(file, weights, '/models/tiny');
const graphWith = (
  tensors: Readonly<Record<string, TensorEntry>>,
  body: Readonly<Record<string, TensorEntry>> = {},
): Graph => ({
  name: 'tiny',
  inputs: [],
  nodes: [
    {
      name: 'scan',
      op: 'Scan',
      inputs: ['x'],
      attrs: { num_scan_inputs: 1, body: { name: '', inputs: [], nodes: [], outputs: [], tensors: body } },
    },
  ],
  outputs: ['x'],
  tensors,
});
const told = (graph: Graph): string => {
  const store = resolveTensors(graph, open);
  return E.isLeft(store) ? printProblems(store.left) : 'valid';
};

describe('resolveTensors', () => {
  test('inline tensors, tensors of files under their own or another key, tensors of bodies', () => {
    let times = 0;
    const graph = graphWith(
      { x: { type: 'int64', shape: [2], data: [1, 2] }, 'conv1.weight': { file: 'w.safetensors' } },
      { 'scan/i': { file: 'w.safetensors', key: 'index' } },
    );
    const store = resolveTensors(graph, (file) => {
      times++;
      return open(file);
    });
    if (E.isLeft(store)) throw new Error(printProblems(store.left));
    expect(times).toBe(1);
    expect(store.right.get('x')?.read()).toEqual(BigInt64Array.of(1n, 2n));
    expect(store.right.get('conv1.weight')?.shape).toEqual([2, 1, 1, 2]);
    expect(store.right.get('conv1.weight')?.file?.folder).toBe('/models/tiny');
    expect(store.right.get('scan/i')?.read()).toEqual(BigInt64Array.of(7n));
  });

  test('a missing key names the nearest', () => {
    expect(told(graphWith({ 'conv1.wieght': { file: 'w.safetensors' } }))).toBe(
      '/tensors/conv1.wieght: w.safetensors holds no tensor "conv1.wieght" (did you mean "conv1.weight"?)',
    );
    expect(told(graphWith({}, { i: { file: 'w.safetensors', key: 'indx' } }))).toBe(
      '/nodes/0/attrs/body/tensors/i: w.safetensors holds no tensor "indx" (did you mean "index"?)',
    );
  });

  test.each(['/etc/w.safetensors', '../w.safetensors', 'a/../../w', 'C:\\w', '\\\\host\\w', 'a\\..\\w', ''])(
    '%j lies outside the folder',
    (file) => {
      expect(told(graphWith({ w: { file } }))).toBe(
        `/tensors/w/file: the file ${JSON.stringify(file)} lies outside the model's folder; put it beside the model and name it without "/" in front or ".."`,
      );
    },
  );

  test('a file that cannot be opened is reported once', () => {
    const graph = graphWith({ a: { file: 'w' }, b: { file: 'w' }, c: { file: 'deep/er/w..x' } });
    const store = resolveTensors(graph, (file) => E.left([{ at: file, message: 'gone' }]));
    expect(E.isLeft(store) && printProblems(store.left)).toBe('w: gone\ndeep/er/w..x: gone');
  });
});

describe('findNonFinite', () => {
  test('finds the first NaN and lets infinities be', () => {
    const graph = graphWith({
      w: { file: 'w.safetensors', key: 'conv1.weight' },
      x: { type: 'float32', shape: [], data: [-Infinity] },
    });
    const store = resolveTensors(graph, open);
    expect(E.isRight(store) && printProblems(findNonFinite(store.right))).toBe(
      'w.safetensors: w holds NaN at [1, 0, 0, 1]',
    );
  });

  test('a scalar has the empty index', () => {
    const store = new Map([['s', { type: 'float64' as const, shape: [], read: () => Float64Array.of(Number.NaN) }]]);
    expect(printProblems(findNonFinite(store))).toBe('s holds NaN at []');
  });
});
