import { tensor, type Graph, type InlineTensor, type Node } from '@kirchhoff/graph';
import { prepareModel, type Model } from '../src/index.js';
import { right } from './support.js';

/** A model of inline tensors. */
export const tiny = (
  inputs: Graph['inputs'],
  nodes: readonly Node[],
  tensors: Readonly<Record<string, InlineTensor>>,
): Model => {
  const graph: Graph = { name: 'tiny', inputs, nodes, outputs: [nodes.at(-1)!.name], tensors };
  const store = new Map(
    Object.entries(tensors).map(([name, { type, shape, data }]) => {
      const { data: values } = tensor(type, shape, data);
      return [name, { type, shape, read: () => values }];
    }),
  );
  return right(prepareModel('tiny', graph, store));
};

export const inline = (shape: readonly number[], data: readonly number[]): InlineTensor => ({
  type: 'float32',
  shape,
  data,
});
