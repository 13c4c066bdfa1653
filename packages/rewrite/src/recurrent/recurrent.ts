import { readsOf, textAttribute, type Node } from '@kirchhoff/graph';
import { replaceNode, type Rewrite } from '../rewrite.js';
import { layerOf } from './layer.js';
import { nodesOf } from './scan.js';

/**
 * LSTM, GRU and RNN become Scan over primitive gates, so that rules have gates to match. Nodes of the body of a layer
 * `lstm` are `lstm/gate_f`, `lstm/candidate`, …; of a bidirectional one `lstm/forward/gate_f` and `lstm/backward/gate_f`.
 */
export const writeOutGates: Rewrite = {
  name: 'write-out-gates',
  edit: (draft, view) => {
    const changes: string[] = [];
    const read = new Set([...draft.outputs, ...view.nodes.flatMap((node) => [...readsOf(node)])]);
    const rewritten = (node: Node): void => {
      const layer = layerOf(node, view);
      if (layer === undefined) return;
      const last = layer.cell.states.map((_, i) => read.has(node.outputs?.[i] ?? ''));
      const every = read.has(node.name) || !last.includes(true);
      replaceNode(draft, node.name, nodesOf(layer, { every, last }, view.fresh));
      const direction = textAttribute(node, 'direction');
      changes.push(`${node.name} (${node.op}, ${direction}) written as Scan over gates`);
    };
    view.nodes.forEach(rewritten);
    return changes;
  },
};
