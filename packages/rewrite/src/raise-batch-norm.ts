import { attributesOf, type Node } from '@kirchhoff/graph';
import { isFixed, takesScale } from './fold-batch-norm.js';
import { repeats } from './repeating-pad.js';
import { draftNode, removeNode, replaceNode, type Rewrite, type View } from './rewrite.js';

/** Whether a normalisation of `name` would go into the node that computes it, which only `reader` reads. */
const wouldFold = (name: string, reader: Node, view: View): boolean => {
  const linear = view.node(name);
  return linear !== undefined && view.onlyReader(name) === reader && takesScale(linear, view);
};

/** The normalisation as one of each part that a Concat of channels puts together, each with its own parameters. */
const ofParts = (norm: Node, concat: Node, inputs: readonly string[], view: View): readonly Node[] | undefined => {
  const rank = view.type(concat.name)?.shape.length ?? 0;
  const sizes = concat.inputs.map((input) => view.type(input)?.shape[1]);
  const { axis } = attributesOf(concat);
  if ((Number(axis) + rank) % rank !== 1 || new Set(concat.inputs).size < concat.inputs.length) return undefined;
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const nodes: Node[] = [];
  const make = (part: string, op: Node['op'], given: readonly string[], attrs?: Node['attrs']): string => {
    const name = view.fresh(`${norm.name}.${part}`);
    nodes.push({ name, op, inputs: given, ...(attrs && { attrs }) });
    return name;
  };
  const at = (value: number): string => make(`at_${value}`, 'Constant', [], { value_ints: [value] });
  let start = 0;
  const parts = inputs.map((input, i) => {
    const [first, last] = [at(start), at(start + sizes[i]!)];
    start += sizes[i]!;
    const own = norm.inputs.slice(1).map((name) => make(`${name}.of_${i}`, 'Slice', [name, first, last]));
    return make(`of_${i}`, 'BatchNormalization', [input, ...own], norm.attrs);
  });
  return [...nodes, { ...concat, name: norm.name, inputs: parts }];
};

/** BatchNormalization behind a Concat of channels, or a Pad that repeats elements, is the same before it. */
export const raiseBatchNorm: Rewrite = {
  name: 'raise-batch-norm',
  summary:
    'BatchNormalization after a Concat of channels, or after a Pad that repeats elements, is put before it where it can go into a linear node there.',
  edit: (draft, view) => {
    for (const norm of view.nodes) {
      const before = view.node(norm.inputs[0] ?? '');
      if (before === undefined || !isFixed(norm, view) || view.onlyReader(before.name) !== norm) continue;
      const { inputs } = draftNode(draft, before.name);
      const padded = repeats(before, view);
      const sources = padded ? before.inputs.slice(0, 1) : before.op === 'Concat' ? before.inputs : [];
      if (!sources.some((name) => wouldFold(name, before, view))) continue;
      const inner = view.fresh(`${norm.name}.before`);
      const made = padded
        ? [
            { ...norm, name: inner, inputs: [inputs[0]!, ...norm.inputs.slice(1)] },
            { ...before, name: norm.name, inputs: [inner, ...inputs.slice(1)] },
          ]
        : ofParts(norm, before, inputs, view);
      if (made === undefined) continue;
      replaceNode(draft, norm.name, made);
      removeNode(draft, before.name);
      return [`${norm.name} (BatchNormalization) put before ${before.name} (${before.op})`];
    }
    return [];
  },
};
