import { axisAttribute, makerOf, type Node } from '@kirchhoff/graph';
import { isFixed, takesScale } from './fold-batch-norm.js';
import { repeats } from './repeating-pad.js';
import { draftNode, removeNode, replaceNode, type Rewrite, type View } from './rewrite.js';

/** The sizes in channels of what a Concat of channels puts together; undefined for any other node. */
const partsOf = (concat: Node, view: View): readonly number[] | undefined => {
  if (concat.op !== 'Concat' || new Set(concat.inputs).size < concat.inputs.length) return undefined;
  const rank = view.type(concat.name)?.shape.length ?? 0;
  if (axisAttribute(concat, rank) !== 1) return undefined;
  const sizes = concat.inputs.map((input) => view.type(input)?.shape[1]);
  return sizes.every((size) => typeof size === 'number') ? sizes : undefined;
};

/**
 * Whether a normalisation of `name`, which only `reader` reads, goes into linear nodes with all of its channels, and so
 * is governed by the rules of those alone. Of constants nothing is left of it.
 */
const vanishes = (name: string, reader: Node, view: View): boolean => {
  if (view.constant(name)) return true;
  const node = view.node(name);
  if (node === undefined || view.onlyReader(name) !== reader) return false;
  if (repeats(node, view)) return vanishes(node.inputs[0]!, node, view);
  return partsOf(node, view) === undefined
    ? takesScale(node, view)
    : node.inputs.every((part) => vanishes(part, node, view));
};

/** The normalisation as one of each part that a Concat of channels puts together, each with its own parameters. */
const ofParts = (norm: Node, concat: Node, inputs: readonly string[], view: View): readonly Node[] => {
  const sizes = partsOf(concat, view)!;
  const { nodes, make, ints } = makerOf(view.fresh, `${norm.name}.`);
  const at = (value: number): string => ints(`at_${value}`, [value]);
  let start = 0;
  const parts = inputs.map((input, i) => {
    const [first, last] = [at(start), at(start + sizes[i]!)];
    start += sizes[i]!;
    const own = norm.inputs.slice(1).map((name) => make(`${name}.of_${i}`, 'Slice', [name, first, last]));
    return make(`of_${i}`, 'BatchNormalization', [input, ...own], norm.attrs);
  });
  return [...nodes, { ...concat, name: norm.name, inputs: parts }];
};

/**
 * BatchNormalization behind a Concat of channels, or a Pad that repeats elements, is the same before it. A part that went
 * into no linear node would take another rule than its neighbours: all parts do, or it stays whole.
 */
export const raiseBatchNorm: Rewrite = {
  name: 'raise-batch-norm',
  edit: (draft, view) => {
    for (const norm of view.nodes) {
      const before = view.node(norm.inputs[0] ?? '');
      if (before === undefined || !isFixed(norm, view)) continue;
      if (view.constant(before.name) || takesScale(before, view) || !vanishes(before.name, norm, view)) continue;
      const { inputs } = draftNode(draft, before.name);
      const inner = view.fresh(`${norm.name}.before`);
      const made = repeats(before, view)
        ? [
            { ...norm, name: inner, inputs: [inputs[0]!, ...norm.inputs.slice(1)] },
            { ...before, name: norm.name, inputs: [inner, ...inputs.slice(1)] },
          ]
        : ofParts(norm, before, inputs, view);
      replaceNode(draft, norm.name, made);
      removeNode(draft, before.name);
      return [`${norm.name} (BatchNormalization) put before ${before.name} (${before.op})`];
    }
    return [];
  },
};
