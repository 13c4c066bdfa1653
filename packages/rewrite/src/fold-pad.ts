import { draftNode, removeNode, type Rewrite, type View } from './rewrite.js';
import {
  attributesOf,
  fromFront,
  ints,
  optionalInts,
  textAttribute,
  type Attributes,
  type Node,
} from '@kirchhoff/graph';

/** Spatial pads [begins, ends] of a Pad that only adds zeros around the spatial axes of an [N, C, …] tensor. */
const zeroPads = (node: Node, view: View, rank: number): readonly number[] | undefined => {
  if (node.op !== 'Pad' || textAttribute(node, 'mode') !== 'constant' || node.inputs[2]) return undefined;
  const pads = view.integers(node.inputs[1] ?? '');
  const axes = node.inputs[3] ? view.integers(node.inputs[3]) : Array.from({ length: rank }, (_, i) => i);
  if (pads === undefined || axes === undefined || pads.some((pad) => pad < 0)) return undefined;
  const begins = Array<number>(rank).fill(0);
  const ends = Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    const at = fromFront(axis, rank);
    begins[at] = pads[i]!;
    ends[at] = pads[axes.length + i]!;
  });
  if ([begins[0], begins[1], ends[0], ends[1]].some((pad) => pad !== 0)) return undefined;
  return [...begins.slice(2), ...ends.slice(2)];
};

/** Whether no window of the pool lies in the padding alone. */
const narrow = (pads: readonly number[], attrs: Attributes): boolean => {
  const kernel = ints(attrs, 'kernel_shape');
  return pads.every((pad, i) => pad < kernel[i % kernel.length]!);
};

/** An explicit zero Pad before a Conv or AveragePool is the same as their own pads; z-plus, alpha-beta and flat differ otherwise. */
export const foldPad: Rewrite = {
  name: 'fold-pad',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name } of view.nodes) {
      const pad = view.node(name)!;
      const reader = view.onlyReader(name);
      const rank = view.type(name)?.shape.length ?? 0;
      const spatial = rank > 2 ? zeroPads(pad, view, rank) : undefined;
      if (spatial === undefined || reader === undefined || reader.inputs[0] !== name) continue;
      const attrs = attributesOf(reader);
      const own = optionalInts(attrs, 'pads');
      const before = own && own.length > 0 ? own : spatial.map(() => 0);
      if (attrs['auto_pad'] !== 'NOTSET') continue;
      const target = draftNode(draft, reader.name);
      if (reader.op === 'Conv') {
        target.attrs = { ...target.attrs, pads: before.map((value, i) => value + spatial[i]!) };
      } else if (
        reader.op === 'AveragePool' &&
        before.every((value) => value === 0) &&
        attrs['ceil_mode'] === 0 &&
        narrow(spatial, attrs)
      ) {
        target.attrs = { ...target.attrs, pads: [...spatial], count_include_pad: 1 };
      } else {
        continue;
      }
      target.inputs = [pad.inputs[0]!, ...target.inputs.slice(1)];
      removeNode(draft, name);
      changes.push(`${name} (Pad) folded into ${reader.name} (${reader.op})`);
    }
    return changes;
  },
};
