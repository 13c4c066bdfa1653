import { fromFront, isSet, type Node, type OpName } from '@kirchhoff/graph';
import { replaceNode, type Rewrite, type View } from './rewrite.js';

const pools: { readonly [Op in OpName]?: OpName } = { ReduceMean: 'GlobalAveragePool', ReduceMax: 'GlobalMaxPool' };

/** Whether the node reduces all axes of an [N, C, …] tensor but the first two. */
const isGlobal = (node: Node, view: View): boolean => {
  const type = view.type(node.inputs[0] ?? '');
  const rank = type?.shape.length ?? 0;
  const axes = node.inputs[1] ? view.integers(node.inputs[1]) : undefined;
  if (type?.type !== 'float32' || rank < 3 || axes === undefined || axes.length !== rank - 2) return false;
  const spatial = new Set(axes.map((axis) => fromFront(axis, rank)));
  return spatial.size === rank - 2 && [...spatial].every((axis) => axis > 1);
};

/** A mean or maximum over all of a feature map is a global pool. */
export const reduceToPool: Rewrite = {
  name: 'reduce-to-pool',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name } of view.nodes) {
      const node = view.node(name)!;
      const op = pools[node.op];
      const dims = view.type(name)?.shape ?? [];
      if (op === undefined || view.constant(name) || !isGlobal(node, view)) continue;
      const inputs = draft.nodes.find((drafted) => drafted.name === name)!.inputs.slice(0, 1);
      if (isSet(node, 'keepdims')) replaceNode(draft, name, [{ name, op, inputs }]);
      else if (dims.length === 2) {
        const pooled = view.fresh(`${name}.pool`);
        replaceNode(draft, name, [
          { name: pooled, op, inputs },
          { name, op: 'Flatten', inputs: [pooled] },
        ]);
      } else continue;
      changes.push(`${name} (${node.op}) is a ${op}`);
    }
    return changes;
  },
};
