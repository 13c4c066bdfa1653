import { intsAttribute, type Node } from '@kirchhoff/graph';
import { draftNode, redirect, removeNode, replaceNode, type Rewrite, type View } from './rewrite.js';

const relabels: readonly string[] = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/** The shape as Reshape takes it: -1 for the one symbol; undefined where there are more, or a dimension of 0. */
const targetOf = (name: string, view: View): readonly number[] | undefined => {
  const dims = view.type(name)?.shape;
  if (dims === undefined || dims.includes(0) || dims.filter((dim) => typeof dim === 'string').length > 1)
    return undefined;
  return dims.map((dim) => (typeof dim === 'string' ? -1 : dim));
};

/** Whether every symbol that is an axis of `inner` is one of `outer`: else the ledger could not tell samples apart. */
const keepsSymbols = (inner: string, outer: string, view: View): boolean => {
  const dims = view.type(outer)?.shape ?? [];
  return (view.type(inner)?.shape ?? []).every((dim) => typeof dim === 'number' || dims.includes(dim));
};

const sameShape = (a: string, b: string, view: View): boolean =>
  JSON.stringify(view.type(a)?.shape) === JSON.stringify(view.type(b)?.shape);

const permOf = (node: Node, rank: number): readonly number[] => {
  return intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
};

/** Two reshapes or transpositions in a row say what one says. */
export const joinReshapes: Rewrite = {
  name: 'join-reshapes',
  edit: (draft, view) => {
    const changes: string[] = [];
    const touched = new Set<string>();
    for (const outer of view.nodes) {
      const inner = view.node(outer.inputs[0] ?? '');
      if (inner === undefined || view.onlyReader(inner.name) !== outer) continue;
      if (touched.has(inner.name) || view.constant(outer.name)) continue;
      const [before = ''] = inner.inputs;
      const moves = outer.op === 'Transpose' && inner.op === 'Transpose';
      if (!moves && !(relabels.includes(outer.op) && relabels.includes(inner.op))) continue;
      const [source = ''] = draftNode(draft, inner.name).inputs;
      if (!moves) {
        const target = targetOf(outer.name, view);
        if (target === undefined || !keepsSymbols(inner.name, outer.name, view)) continue;
        const shape = view.fresh(`${outer.name}.shape`);
        replaceNode(draft, outer.name, [
          { name: shape, op: 'Constant', inputs: [], attrs: { value_ints: target } },
          { name: outer.name, op: 'Reshape', inputs: [source, shape] },
        ]);
      } else {
        const rank = view.type(before)?.shape.length ?? 0;
        const first = permOf(inner, rank);
        const drafted = draftNode(draft, outer.name);
        drafted.inputs = [source];
        drafted.attrs = { perm: permOf(outer, rank).map((axis) => first[axis]!) };
      }
      removeNode(draft, inner.name);
      touched.add(outer.name);
      changes.push(`${inner.name} (${inner.op}) joined with ${outer.name} (${outer.op})`);
    }
    if (changes.length > 0) return changes;
    for (const node of view.nodes) {
      const [source = ''] = node.inputs;
      const idle = relabels.includes(node.op)
        ? sameShape(node.name, source, view)
        : node.op === 'Transpose' && permOf(node, 0).length > 0 && permOf(node, 0).every((axis, i) => axis === i);
      if (!idle || view.constant(node.name) || draft.outputs.includes(node.name)) continue;
      redirect(draft, node.name, draftNode(draft, node.name).inputs[0]!);
      removeNode(draft, node.name);
      changes.push(`${node.name} (${node.op}) changes nothing and is removed`);
    }
    return changes;
  },
};
