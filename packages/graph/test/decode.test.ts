import { printProblems } from '@kirchhoff/message';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { decodeGraph, encodeGraph, formatGraph, parseJson, sortNodes, type Graph, type Node } from '../src/index.js';
import { graphs } from './arbitrary.js';

const decoded = (json: unknown): Graph => {
  const graph = decodeGraph(json);
  if (E.isLeft(graph)) throw new Error(printProblems(graph.left));
  return graph.right;
};

const document = {
  format: 'kirchhoff-graph/1',
  name: 'tiny',
  inputs: [{ name: 'image', type: 'float32', shape: ['N', 1, 28, 28], range: [0, 1] }],
  nodes: [
    { name: 'conv1', op: 'Conv', inputs: ['image', 'conv1.weight', 'conv1.bias'], attrs: { pads: [2, 2, 2, 2] } },
    { name: 'relu1', op: 'Relu', inputs: ['conv1'] },
  ],
  outputs: ['relu1'],
  tensors: {
    'conv1.weight': { file: 'weights.safetensors' },
    'conv1.bias': { type: 'float32', shape: [2], data: [0.1, -0.2] },
  },
};

describe('decodeGraph', () => {
  test('reads the example of the format', () => {
    expect(decoded(document)).toEqual({
      name: 'tiny',
      inputs: [{ name: 'image', type: 'float32', shape: ['N', 1, 28, 28], range: { low: 0, high: 1 } }],
      nodes: document.nodes,
      outputs: ['relu1'],
      tensors: document.tensors,
    });
  });

  test('non-finite numbers are strings in JSON and numbers in a graph', () => {
    const tensors = { a: { type: 'float32', shape: [4], data: ['NaN', 'Infinity', '-Infinity', 1] } };
    const graph = decoded({ ...document, nodes: [], outputs: ['a'], tensors });
    expect(graph.tensors['a']).toEqual({ type: 'float32', shape: [4], data: [Number.NaN, Infinity, -Infinity, 1] });
  });

  test('dimensions come out in canonical form', () => {
    const inputs = [{ name: 'x', type: 'int64', shape: ['T*2+1', 3] }];
    expect(decoded({ ...document, inputs, nodes: [], outputs: ['x'] }).inputs[0]?.shape).toEqual(['2*T + 1', 3]);
  });

  test('attributes at their default are dropped', () => {
    const conv = { name: 'c', op: 'Conv', inputs: ['image', 'conv1.weight'], attrs: { group: 1, auto_pad: 'NOTSET' } };
    expect(decoded({ ...document, nodes: [conv], outputs: ['c'] }).nodes).toEqual([
      { name: 'c', op: 'Conv', inputs: ['image', 'conv1.weight'] },
    ]);
  });

  test('a body reads names of the graph around it, and a node waits for what its body captures', () => {
    const body = {
      inputs: [{ name: 'scan/h', type: 'float32', shape: ['N'] }],
      nodes: [{ name: 'scan/sum', op: 'Add', inputs: ['scan/h', 'shift'] }],
      outputs: ['scan/sum'],
    };
    const nodes = [
      { name: 'scan', op: 'Scan', inputs: ['image'], attrs: { num_scan_inputs: 1, body } },
      { name: 'shift', op: 'Relu', inputs: ['conv1.bias'] },
    ];
    const graph = decoded({ ...document, nodes, outputs: ['scan'] });
    expect(graph.nodes.map(({ name }) => name)).toEqual(['shift', 'scan']);
  });

  test('a repeated key is refused before decoding, the prototype of objects is no tensor', () => {
    const nodes = [{ name: 'r', op: 'Relu', inputs: ['constructor'] }];
    const graph = decodeGraph({ ...document, nodes, outputs: ['r'] });
    expect(E.isLeft(graph) && printProblems(graph.left)).toBe(
      '/nodes/0/inputs/0: no input, node or tensor is called "constructor"',
    );
    const own = JSON.parse('{"__proto__": {"type": "float32", "shape": [], "data": [1]}}') as object;
    const refused = decodeGraph({ ...document, nodes: [], outputs: ['image'], tensors: own });
    expect(E.isLeft(refused) && printProblems(refused.left)).toBe(
      '/tensors/__proto__: "__proto__" cannot be a name; choose another',
    );
  });
});

describe('encodeGraph', () => {
  test('is the inverse of decodeGraph, also through text', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(decodeGraph(encodeGraph(graph))).toEqual(E.right(graph));
        const text = formatGraph(graph);
        const json = parseJson(text);
        expect(E.isRight(json) && decodeGraph(json.right)).toEqual(E.right(graph));
        expect(formatGraph(graph)).toBe(text);
      }),
      { seed: 42, numRuns: 200 },
    );
  });

  test('writes one line for each input, node and tensor', () => {
    expect(formatGraph(decoded(document))).toMatchInlineSnapshot(`
      "{
        "format": "kirchhoff-graph/1",
        "name": "tiny",
        "inputs": [
          { "name": "image", "type": "float32", "shape": ["N", 1, 28, 28], "range": [0, 1] }
        ],
        "nodes": [
          { "name": "conv1", "op": "Conv", "inputs": ["image", "conv1.weight", "conv1.bias"], "attrs": { "pads": [2, 2, 2, 2] } },
          { "name": "relu1", "op": "Relu", "inputs": ["conv1"] }
        ],
        "outputs": ["relu1"],
        "tensors": {
          "conv1.weight": { "file": "weights.safetensors" },
          "conv1.bias": { "type": "float32", "shape": [2], "data": [0.1, -0.2] }
        }
      }
      "
    `);
  });

  test('a body spreads over lines of its own', () => {
    const body = {
      inputs: [{ name: 'scan/h', type: 'float32', shape: ['N'] }],
      nodes: [{ name: 'scan/out', op: 'Tanh', inputs: ['scan/h'] }],
      outputs: ['scan/out'],
    };
    const nodes = [{ name: 'scan', op: 'Scan', inputs: ['image'], attrs: { body, num_scan_inputs: 1 } }];
    expect(formatGraph(decoded({ ...document, nodes, outputs: ['scan'], tensors: {} }))).toMatchInlineSnapshot(`
      "{
        "format": "kirchhoff-graph/1",
        "name": "tiny",
        "inputs": [
          { "name": "image", "type": "float32", "shape": ["N", 1, 28, 28], "range": [0, 1] }
        ],
        "nodes": [
          {
            "name": "scan",
            "op": "Scan",
            "inputs": ["image"],
            "attrs": {
              "body": {
                "inputs": [
                  { "name": "scan/h", "type": "float32", "shape": ["N"] }
                ],
                "nodes": [
                  { "name": "scan/out", "op": "Tanh", "inputs": ["scan/h"] }
                ],
                "outputs": ["scan/out"]
              },
              "num_scan_inputs": 1
            }
          }
        ],
        "outputs": ["scan"]
      }
      "
    `);
  });
});

describe('sortNodes', () => {
  const relu = (name: string, ...inputs: readonly string[]): Node => ({ name, op: 'Sum', inputs });
  const namesOf = (nodes: readonly Node[]): readonly string[] => {
    const sorted = sortNodes(nodes);
    return E.isRight(sorted) ? sorted.right.map(({ name }) => name) : sorted.left.map(({ message }) => message);
  };

  test('keeps an order that is already one', () => {
    fc.assert(
      fc.property(graphs, ({ nodes }) => {
        expect(sortNodes(nodes)).toEqual(E.right(nodes));
      }),
      { seed: 42 },
    );
  });

  test('puts each node after those it reads, whatever order they come in', () => {
    const shuffled = graphs.chain(({ nodes }) => fc.shuffledSubarray([...nodes], { minLength: nodes.length }));
    fc.assert(
      fc.property(shuffled, (nodes) => {
        const order = namesOf(nodes);
        expect([...order].sort()).toEqual(nodes.map(({ name }) => name).sort());
        for (const { name, inputs } of nodes) {
          for (const input of inputs.filter((i) => order.includes(i))) {
            expect(order.indexOf(input)).toBeLessThan(order.indexOf(name));
          }
        }
      }),
      { seed: 42 },
    );
  });

  test('names each circle in the direction of the data', () => {
    expect(namesOf([relu('a', 'c'), relu('b', 'a'), relu('c', 'b'), relu('d', 'd')])).toEqual([
      'nodes depend on one another in a circle: a → b → c → a; recurrence is written with Scan',
      'nodes depend on one another in a circle: d → d; recurrence is written with Scan',
    ]);
  });

  test('a long chain in reverse does not exhaust the stack', () => {
    const count = 50_000;
    const chain = Array.from({ length: count }, (_, i) => relu(`n${i}`, `n${i + 1}`));
    expect(namesOf(chain)[0]).toBe(`n${count - 1}`);
  });
});
