import { describe, expect, test } from 'vitest';
import { unifySizes, type Dim, type Graph, type Node } from '../src/index.js';

const graphOf = (shapes: Readonly<Record<string, readonly Dim[]>>, nodes: readonly Node[]): Graph => ({
  name: 'g',
  inputs: Object.entries(shapes).map(([name, shape]) => ({ name, type: 'float32', shape })),
  nodes,
  outputs: [nodes.at(-1)!.name],
  tensors: {},
});

const solved = (shapes: Readonly<Record<string, readonly Dim[]>>, ...nodes: readonly Node[]) => {
  const { graph, equations } = unifySizes(graphOf(shapes, nodes), new Map());
  return { equations, shapes: graph.inputs.map(({ shape }) => shape) };
};

const add: Node = { name: 'y', op: 'Add', inputs: ['a', 'b'] };
const concat: Node = { name: 'y', op: 'Concat', inputs: ['a', 'b'], attrs: { axis: 1 } };

describe('sizes that must be equal are one', () => {
  test('numbers of samples in a Concat', () => {
    expect(solved({ a: ['A', 4], b: ['B', 4] }, concat)).toEqual({
      equations: [['B', 'A']],
      shapes: [
        ['A', 4],
        ['A', 4],
      ],
    });
  });

  test('N before others', () => {
    expect(solved({ a: ['A', 4], b: ['N', 4] }, add).shapes).toEqual([
      ['N', 4],
      ['N', 4],
    ]);
  });

  test('three inputs, one after the other', () => {
    const sum: Node = { name: 'z', op: 'Add', inputs: ['y', 'c'] };
    expect(solved({ a: ['A', 4], b: ['B', 4], c: ['C', 4] }, add, sum).shapes).toEqual([
      ['A', 4],
      ['A', 4],
      ['A', 4],
    ]);
  });

  test('a size and a number that it is summed over with', () => {
    expect(solved({ a: ['N', 'T'], b: [5, 3] }, { name: 'y', op: 'MatMul', inputs: ['a', 'b'] }).equations).toEqual([
      ['T', 5],
    ]);
  });

  test('sizes that follow from others in the same way', () => {
    const pool = (name: string, of: string): Node => ({
      name,
      op: 'MaxPool',
      inputs: [of],
      attrs: { kernel_shape: [2], strides: [2] },
    });
    const sum: Node = { name: 'y', op: 'Add', inputs: ['p', 'q'] };
    expect(solved({ a: ['N', 2, 'S'], b: ['N', 2, 'T'] }, pool('p', 'a'), pool('q', 'b'), sum).equations).toEqual([
      ['T', 'S'],
    ]);
  });

  test('nothing where all is well', () => {
    expect(solved({ a: ['N', 'T'], b: ['N', 1] }, add).equations).toEqual([]);
  });

  test('nothing where no symbol can give way', () => {
    expect(solved({ a: ['N', 4], b: ['N', 5] }, add).equations).toEqual([]);
    const halved: Node = { name: 'h', op: 'MaxPool', inputs: ['a'], attrs: { kernel_shape: [2], strides: [2] } };
    expect(solved({ a: ['N', 2, 'T'] }, halved, { name: 'y', op: 'Add', inputs: ['a', 'h'] }).equations).toEqual([]);
  });
});
