import type { Node } from '@kirchhoff/graph';
import { removeNode, replaceNode, type Rewrite, type View } from './rewrite.js';

/** A Slice of one axis in steps of one. */
interface Part {
  readonly node: Node;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

const partOf = (node: Node, view: View): Part | undefined => {
  const [x = '', ...named] = node.inputs;
  const dims = view.type(x)?.shape ?? [];
  const [starts, ends, axes = [0], steps = [1]] = named.map((name) => (name === '' ? undefined : view.integers(name)));
  if (node.op !== 'Slice' || starts?.length !== 1 || ends?.length !== 1 || axes.length !== 1 || steps[0] !== 1)
    return undefined;
  const axis = axes[0]! < 0 ? axes[0]! + dims.length : axes[0]!;
  const size = dims[axis];
  if (typeof size !== 'number') return undefined;
  const place = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
  return { node, axis, start: place(starts[0]!), end: place(ends[0]!) };
};

/** The Slices of a value that lie side by side and together are all of it, in order; else none. */
const partsOf = (x: string, view: View): readonly Part[] => {
  const slices = view.readers(x).flatMap((reader) => (reader.inputs[0] === x ? (partOf(reader, view) ?? []) : []));
  const parts = slices.toSorted((a, b) => a.start - b.start);
  const [first] = parts;
  const size = view.type(x)?.shape[first?.axis ?? 0];
  const adjoin = parts.every(
    ({ axis, start, end }, i) => axis === first!.axis && start < end && start === (parts[i - 1]?.end ?? 0),
  );
  return parts.length > 1 && adjoin && parts.at(-1)!.end === size ? parts : [];
};

/** Gates cut out of one layer by Slices (chunk, as older exporters write it) are the parts of one Split. */
export const slicesToSplit: Rewrite = {
  name: 'slices-to-split',
  edit: (draft, view) => {
    const changes: string[] = [];
    const seen = new Set<string>();
    for (const node of view.nodes) {
      const [x = ''] = node.inputs;
      const real = view.type(x)?.type.startsWith('float') ?? false;
      if (node.op !== 'Slice' || seen.has(x) || view.constant(x) || !real) continue;
      seen.add(x);
      const parts = partsOf(x, view);
      const [first, ...others] = parts.map((part) => part.node.name);
      if (first === undefined) continue;
      const sizes = view.fresh(`${first}.sizes`);
      const placed = draft.nodes.find(({ name }) => parts.some((part) => part.node.name === name))!;
      const [source = ''] = placed.inputs;
      for (const { node: part } of parts) if (part.name !== placed.name) removeNode(draft, part.name);
      replaceNode(draft, placed.name, [
        { name: sizes, op: 'Constant', inputs: [], attrs: { value_ints: parts.map(({ start, end }) => end - start) } },
        { name: first, op: 'Split', inputs: [source, sizes], outputs: others, attrs: { axis: parts[0]!.axis } },
      ]);
      changes.push(`${parts.length} Slices of ${x} are one Split (${first})`);
    }
    return changes;
  },
};
