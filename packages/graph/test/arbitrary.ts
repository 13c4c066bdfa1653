import * as fc from 'fast-check';
import type { Attributes, Graph, InlineTensor, Input, Node, TensorEntry } from '../src/index.js';

const float = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0));
const inline: fc.Arbitrary<InlineTensor> = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((n, d) => n * d, 1);
  const data = (element: fc.Arbitrary<number>) => fc.array(element, { minLength: length, maxLength: length });
  return fc.oneof(
    data(float).map((values) => ({ type: 'float64' as const, shape, data: values })),
    data(fc.maxSafeInteger()).map((values) => ({ type: 'int64' as const, shape, data: values })),
    data(fc.nat(1)).map((values) => ({ type: 'bool' as const, shape, data: values })),
  );
});
const inFile: fc.Arbitrary<TensorEntry> = fc
  .record({ file: fc.constant('weights.safetensors'), key: fc.option(fc.string(), { nil: undefined }) })
  .map(({ file, key }) => ({ file, ...(key !== undefined && { key }) }));

const range = fc.oneof(
  fc.constant({ low: 0, high: 1 }),
  fc.constant({ low: [-1, -2, -Infinity], high: [1, 2, 3] }),
  fc.constant({ low: -1, high: [1, 2, Infinity] }),
);
const input = (name: string): fc.Arbitrary<Input> =>
  fc
    .record({
      dim: fc.constantFrom<(string | number)[]>('N', '2*T + 1', 4),
      range: fc.option(range, { nil: undefined }),
    })
    .map(({ dim, range }) => ({
      name,
      type: 'float32',
      shape: [dim as string | number, 3, 5],
      ...(range && { range }),
    }));

const withAttrs = (node: Node, attrs: Attributes): Node => (Object.keys(attrs).length > 0 ? { ...node, attrs } : node);

/** A node that reads values of `pool`. */
const node = (name: string, pool: readonly string[]): fc.Arbitrary<Node> => {
  const value = fc.constantFrom(...pool);
  return fc.oneof(
    value.map((x): Node => ({ name, op: 'Relu', inputs: [x] })),
    fc
      .tuple(value, fc.double({ min: 0.1, max: 0.9, noNaN: true }))
      .map(([x, alpha]) => withAttrs({ name, op: 'LeakyRelu', inputs: [x] }, { alpha })),
    fc.tuple(value, value).map(([a, b]): Node => ({ name, op: 'Mul', inputs: [a, b], roles: { gate: 1, signal: 0 } })),
    fc
      .tuple(value, value, value)
      .map(([a, b, c]) => withAttrs({ name, op: 'Conv', inputs: [a, b, c] }, { pads: [1, 0, 1, 0], group: 3 })),
    value.map((x): Node => ({ name, op: 'Clip', inputs: [x, '', x] })),
    value.map((x): Node => ({ name, op: 'Gelu', inputs: [x], attrs: { approximate: 'tanh' } })),
    value.map((x): Node => ({
      name,
      op: 'MaxPool',
      inputs: [x],
      outputs: [`${name}.indices`],
      attrs: { kernel_shape: [2] },
    })),
    fc.tuple(value, inline).map(([x, fill]): Node => ({
      name,
      op: 'ConstantOfShape',
      inputs: [x],
      attrs: { value: { type: fill.type, shape: [1], data: [0] } },
    })),
    fc.tuple(value, value).map(([state, steps]): Node => ({
      name,
      op: 'Scan',
      inputs: [state, steps],
      attrs: {
        num_scan_inputs: 1,
        body: {
          name: '',
          inputs: [{ name: `${name}/h`, type: 'float32', shape: ['N', 3] }],
          nodes: [{ name: `${name}/sum`, op: 'Add', inputs: [`${name}/h`, state] }],
          outputs: [`${name}/sum`],
          tensors: { [`${name}/w`]: { type: 'int8', shape: [2], data: [-1, 1] } },
        },
      },
    })),
  );
};

/** Decoded graphs: well-formed as documents; their shapes need not fit. */
export const graphs: fc.Arbitrary<Graph> = fc
  .tuple(fc.nat(2), fc.nat(2), fc.nat(6), fc.string())
  .chain(([inputCount, tensorCount, nodeCount, name]) => {
    const inputs = Array.from({ length: inputCount + 1 }, (_, i) => `x${i}`);
    const tensors = Array.from({ length: tensorCount }, (_, i) => (i === 0 ? 'constructor' : `a/b~${i}`));
    const nodes = Array.from({ length: nodeCount }, (_, i) => `node${i}`);
    const all = [...inputs, ...tensors, ...nodes];
    return fc.record({
      name: fc.constant(name),
      inputs: fc.tuple(...inputs.map(input)),
      nodes: fc.tuple(...nodes.map((n, i) => node(n, all.slice(0, inputs.length + tensors.length + i)))),
      outputs: fc.constant(all.slice(-1)),
      tensors: fc
        .tuple(...tensors.map(() => fc.oneof(inline, inFile)))
        .map((entries) => Object.fromEntries(entries.map((entry, i) => [tensors[i] ?? '', entry]))),
    });
  });
