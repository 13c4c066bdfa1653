import { fromFront, textAttribute, type Node } from '@kirchhoff/graph';
import type { View } from './rewrite.js';

/**
 * A Pad that repeats elements of an [N, C, …] tensor and adds no channels: it does the same before a scaling of channels
 * as after it. What is filled with zeros is not the same: after the scaling the zeros would be shifted.
 */
export const repeats = (pad: Node, view: View): boolean => {
  if (pad.op !== 'Pad' || textAttribute(pad, 'mode') === 'constant') return false;
  const rank = view.type(pad.name)?.shape.length ?? 0;
  const pads = view.integers(pad.inputs[1] ?? '');
  const axes = pad.inputs[3] ? view.integers(pad.inputs[3]) : Array.from({ length: rank }, (_, i) => i);
  if (pads === undefined || axes === undefined) return false;
  return axes.every((axis, i) => fromFront(axis, rank) > 1 || (pads[i] === 0 && pads[axes.length + i] === 0));
};
