import type { Graph } from '../graph.js';
import type { TypedGraph } from '../infer.js';
import { growing, regrown } from './growing.js';
import { valuesOf } from './values.js';

const isUnnamed = ({ op, inputs }: Graph['nodes'][number]): boolean => op === 'Squeeze' && (inputs[1] ?? '') === '';

/**
 * The graph with the axes of every Squeeze that names none: those that are 1 as the graph is given. A size that is open then
 * keeps its axis, also where it happens to be 1 when the graph is run; and an axis of 1 that is opened later is still gone.
 */
export const namedSqueezes = (typed: TypedGraph): Graph => {
  const values = valuesOf(typed);
  const to = growing(typed);
  const graph = regrown(to, typed, (node) => {
    const shape = isUnnamed(node) ? values.typeOf(node.inputs[0]!)?.shape : undefined;
    const axes = shape?.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    return axes === undefined ? node : { ...node, inputs: [node.inputs[0]!, to.constant(`${node.name}.axes`, axes)] };
  });
  const added = Object.keys(to.tensors).length > 0;
  return added ? { ...graph, tensors: { ...graph.tensors, ...to.tensors } } : typed.graph;
};
