import type { Node } from '@kirchhoff/graph';
import { replaceNode, type Rewrite, type View } from './rewrite.js';

/** Hand a scale on: what is a reciprocal before them is one after them. */
const handOn: readonly string[] = [
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Identity',
  'Cast',
  'Sqrt',
  'Clip',
];

/** Whether a value is a reciprocal of something computed, maybe times constants: 1/√v, v^(−1/2), 2/n. */
const isReciprocal = (name: string, view: View): boolean => {
  const node = view.node(name);
  if (node === undefined || view.constant(name)) return false;
  const [first = '', second = ''] = node.inputs;
  if (node.op === 'Reciprocal') return true;
  if (node.op === 'Pow') return (view.scalar(second) ?? 0) < 0;
  if (node.op === 'Mul')
    return (view.constant(first) && isReciprocal(second, view)) || (view.constant(second) && isReciprocal(first, view));
  if (node.op === 'Div') return view.constant(second) && isReciprocal(first, view);
  return handOn.includes(node.op) && isReciprocal(first, view);
};

/** A quotient of a computed denominator: a product by its reciprocal, whose role is that of a scale. */
const divided = (node: Node, view: View): readonly Node[] => {
  const [over = '', under = ''] = node.inputs;
  if (view.scalar(over) === 1 && view.type(over)?.shape.length === 0)
    return [{ name: node.name, op: 'Reciprocal', inputs: [under] }];
  const name = view.fresh(`${node.name}.reciprocal`);
  return [
    { name, op: 'Reciprocal', inputs: [under] },
    {
      name: node.name,
      op: 'Mul',
      inputs: [over, name],
      ...(!view.constant(over) && { roles: { scale: 1, signal: 0 } }),
    },
  ];
};

/** The port of a product that is a scale: the one operand that is a reciprocal. */
const scaleOf = (node: Node, view: View): 0 | 1 | undefined => {
  if (node.op !== 'Mul' || node.roles !== undefined || node.inputs.some((name) => view.constant(name)))
    return undefined;
  const [first, second] = node.inputs.map((name) => isReciprocal(name, view));
  return first === second ? undefined : first === true ? 0 : 1;
};

/** Quotients, however they are written, are products by a scale: rules say what it receives. */
export const writeQuotients: Rewrite = {
  name: 'write-quotients',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      if (view.constant(node.name) || view.type(node.name)?.type.startsWith('float') !== true) continue;
      const scale = scaleOf(node, view);
      if (scale !== undefined) {
        replaceNode(draft, node.name, [
          { ...node, roles: scale === 0 ? { scale: 0, signal: 1 } : { scale: 1, signal: 0 } },
        ]);
        changes.push(`${node.name} (Mul): ${node.inputs[scale]!} is a scale`);
      } else if (node.op === 'Div' && !view.constant(node.inputs[1]!)) {
        replaceNode(draft, node.name, divided(node, view));
        changes.push(`${node.name} (Div) is a product by the reciprocal of ${node.inputs[1]!}`);
      }
    }
    return changes;
  },
};
