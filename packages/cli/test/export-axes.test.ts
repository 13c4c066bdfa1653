import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.clear());

const floats = (...shape: readonly number[]): object => ({
  type: 'float32',
  shape,
  data: Array.from({ length: shape.reduce((n, dim) => n * dim, 1) }, (_, i) => Math.fround(Math.sin(1 + 5 * i))),
});
const ints = (...data: readonly number[]): object => ({ type: 'int64', shape: [data.length], data });

const tensors = {
  W: floats(1, 12, 2),
  R: floats(1, 12, 3),
  V: floats(3, 4),
  zero: ints(0),
  one: ints(1),
  rows: ints(-1, 4),
};
const lstm = { name: 'l', op: 'LSTM', inputs: ['x', 'W', 'R'], outputs: ['h'], attrs: { hidden_size: 3 } };
const last = { name: 'q', op: 'Squeeze', inputs: ['h', 'zero'] };
const scores = { name: 'z', op: 'MatMul', inputs: ['q', 'V'] };

describe('export of a model whose samples lie along axis 1', () => {
  test.each([
    ['scores [N, K]', [lstm, last, { ...scores, name: 'y' }]],
    ['scores [K, N]', [lstm, last, scores, { name: 'y', op: 'Transpose', inputs: ['z'] }]],
    ['scores [T, N, K]', [lstm, { ...last, inputs: ['l', 'one'] }, { ...scores, name: 'y' }]],
    [
      'scores of steps and samples merged',
      [lstm, { ...last, inputs: ['l', 'one'] }, scores, { name: 'y', op: 'Reshape', inputs: ['z', 'rows'] }],
    ],
  ])('with %s takes a target for each sample, and gives what explain gives', async (_, nodes) => {
    const inputs = [{ name: 'x', type: 'float32', shape: ['T', 'N', 2] }];
    const graph = { format: 'kirchhoff-graph/1', name: 'g', inputs, nodes, outputs: ['y'], tensors };
    writeFileSync(join(desk.folder, 'm.json'), JSON.stringify(graph));
    for (const target of ['input', 'argmax']) {
      const asked = ['--target', target, '--check', '--out', 'DIR/explain.onnx'];
      const { code, out, err } = await desk.run('export', 'DIR/m.json', ...asked);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^checked on 2 random samples: the explanation adds up, and the graph gives its relevances/);
      if (target === 'input') expect(out).toContain('input target: int64[N]');
    }
  });
});
