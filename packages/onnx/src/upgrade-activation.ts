import type { NodeDocument } from './read-node.js';
import type { OldNode, Upgrade, Workshop } from './upgrade.js';
import { writeOut } from './written/writer.js';

/**
 * Before opset 13, Softmax and LogSoftmax took everything from `axis` (by default 1) on as one axis. That is the same where
 * the axis is the last; else the input is flattened for it, and given its shape back.
 */
const softmax = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const { name, op, inputs, attrs } = node;
  const [x = ''] = inputs;
  const axis = Number(attrs['axis'] ?? 1);
  const rank = shop.type(x)?.shape.length;
  // Where the rank cannot be told, something before this node is wrong, and is what the reader is told of.
  if (rank === undefined || axis === -1 || axis === rank - 1) return [{ name, op, inputs }];
  return writeOut(node, shop, ({ step }) => {
    const normalised = step('normalised', op, [step('flat', 'Flatten', [x], { axis })]);
    return step('reshaped', 'Reshape', [normalised, step('shape', 'Shape', [x])]);
  });
};

export const activationUpgrades: readonly Upgrade[] = [
  {
    name: 'softmax-one-axis',
    summary: 'Softmax and LogSoftmax run along one axis, not over all from one on (since opset 13).',
    ops: ['Softmax', 'LogSoftmax'],
    before: 13,
    attrs: {},
    apply: softmax,
  },
];
