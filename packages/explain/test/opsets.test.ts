import { prepareModel } from '@kirchhoff/explain';
import { decodeOnnx } from '@kirchhoff/onnx';
import { tensor, toNumbers } from '@kirchhoff/graph';
import { reference } from '@kirchhoff/runtime';
import { expect, test } from 'vitest';
import { seeded } from '../../onnx/test/exporter.js';
import { vit } from './families/attention.js';
import type { Network } from './families/classic.js';
import { mobilenetV3 } from './families/mobile.js';
import { lstm } from './families/recurrent.js';
import { right } from './support.js';

/** What the canonical graph of an exported network gives for one sample. */
const scores = async (network: Network): Promise<readonly number[]> => {
  const { graph, store } = right(decodeOnnx(network(), { place: 'model.onnx' }));
  const { typed } = right(prepareModel('model', graph, store));
  const [input] = typed.graph.inputs;
  const shape = input!.shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 4));
  const count = shape.reduce((product, dim) => product * dim, 1);
  const session = await reference.compile(typed.graph, typed.store);
  const given = { [input!.name]: tensor('float32', shape, Array.from({ length: count }, seeded(3))) };
  const outputs = await session.run(given).finally(session.close);
  return [...toNumbers(outputs[typed.graph.outputs[0]!]!.data)];
};

test.each([
  ['mobilenet-v3', mobilenetV3, 7],
  ['vit', vit, 9],
  ['lstm of PyTorch', lstm, 9],
] as const)('%s: every opset that can say it says the same', async (_, network, oldest) => {
  const newest = await scores(network(61, 21));
  expect(newest.some((value) => value !== 0)).toBe(true);
  for (let opset = oldest; opset < 21; opset++) {
    const older = await scores(network(61, opset));
    older.forEach((value, i) => expect(value, `opset ${opset}`).toBeCloseTo(newest[i]!, 6));
  }
});
