import { tensor, type Graph, type InlineTensor, type Node, type Tensor } from '@kirchhoff/graph';
import {
  openForward,
  openMethod,
  prepareModel,
  winnersOf,
  type Attribution,
  type MethodRequest,
  type Model,
  type Subject,
} from '../src/index.js';
import { right } from './support.js';

/** Explains the given classes, by default those that win. */
export const run = async (
  subject: Subject,
  request: Partial<MethodRequest> & { readonly name: string },
  x: Tensor,
  targets?: readonly number[],
): Promise<Attribution> => {
  const forward = await openForward(subject);
  const chosen = targets ?? winnersOf(await forward.run(x));
  await forward.close();
  const method = right(await openMethod(subject, { settings: {}, ...request }));
  return method.run(x, chosen).finally(method.close);
};

/** The largest difference, as a part of the largest of what is expected. */
export const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const size = Math.max(...Array.from(b, Math.abs));
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) / size;
};

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
