import { infer, type Graph, type Node } from '@kirchhoff/graph';
import { canonize } from '@kirchhoff/rewrite';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';

/** A running sum whose body adds the value called `captured` of the graph around it. */
const scan = (captured: string): Node => ({
  name: 'scan',
  op: 'Scan',
  inputs: ['start', 'x'],
  outputs: ['steps'],
  attrs: {
    num_scan_inputs: 1,
    body: {
      name: 'body',
      inputs: [
        { name: 'scan/state', type: 'float32', shape: [1, 2] },
        { name: 'scan/x', type: 'float32', shape: [1, 2] },
      ],
      nodes: [
        { name: 'scan/sum', op: 'Add', inputs: ['scan/state', 'scan/x'] },
        { name: 'scan/next', op: 'Add', inputs: ['scan/sum', captured] },
        { name: 'scan/step', op: 'Identity', inputs: ['scan/next'] },
      ],
      outputs: ['scan/next', 'scan/step'],
      tensors: {},
    },
  },
});

const canonical = (nodes: readonly Node[], outputs: readonly string[]) => {
  const vector = { type: 'float32', shape: [1, 2], data: [0, 0] } as const;
  const graph: Graph = {
    name: 'test',
    inputs: [
      { name: 'x', type: 'float32', shape: ['T', 1, 2] },
      { name: 'y', type: 'float32', shape: [1, 2] },
    ],
    nodes,
    outputs,
    tensors: { start: vector, constant: vector, weight: { type: 'float32', shape: [2, 2], data: [1, 0, 0, 1] } },
  };
  const typed = infer(graph, new Map());
  const result = E.chain(canonize)(typed);
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left));
  return result.right;
};

test('where a node is removed, bodies that captured it read what it read', () => {
  const { typed, log } = canonical([{ name: 'same', op: 'Identity', inputs: ['y'] }, scan('same')], ['scan']);
  expect(log.flatMap(({ changes }) => changes)).toEqual(['same (Identity) removed']);
  expect(typed.bodies.get('scan')!.graph.nodes[1]!.inputs).toEqual(['scan/sum', 'y']);
});

test('a value that a body captures is read by more than the Add behind it: the bias is not folded', () => {
  const { typed, log } = canonical(
    [
      { name: 'product', op: 'Gemm', inputs: ['y', 'weight'] },
      { name: 'shifted', op: 'Add', inputs: ['product', 'constant'] },
      scan('product'),
    ],
    ['scan', 'shifted'],
  );
  expect(log).toEqual([]);
  expect(typed.graph.nodes.map(({ name }) => name)).toContain('shifted');
});

test('a Scan over constants that captures a computed value is not constant: it is not folded as a bias', () => {
  const { log } = canonical(
    [
      { name: 'axis', op: 'Constant', inputs: [], attrs: { value_ints: [0] } },
      { name: 'sequence', op: 'Unsqueeze', inputs: ['constant', 'axis'] },
      { ...scan('y'), inputs: ['start', 'sequence'] },
      { name: 'product', op: 'Gemm', inputs: ['y', 'weight'] },
      { name: 'shifted', op: 'Add', inputs: ['product', 'scan'] },
    ],
    ['shifted'],
  );
  expect(log).toEqual([]);
});
