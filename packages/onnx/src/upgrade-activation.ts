import type { NodeDocument } from './read-node.js';
import type { OldNode, Upgrade, Workshop } from './upgrade.js';

/**
 * Before opset 13, Softmax and LogSoftmax took everything from `axis` (by default 1) on as one axis. That is the same where
 * the axis is the last; else the input is flattened for it, and given its shape back.
 */
const softmax = ({ name, op, inputs, attrs }: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = ''] = inputs;
  const axis = Number(attrs['axis'] ?? 1);
  const rank = shop.type(x)?.shape.length;
  // Where the rank cannot be told, something before this node is wrong, and is what the reader is told of.
  if (rank === undefined || axis === -1 || axis === rank - 1) return [{ name, op, inputs }];
  const [flat, normalised, shape] = [shop.fresh('flat'), shop.fresh('normalised'), shop.fresh('shape')];
  return [
    { name: flat, op: 'Flatten', inputs: [x], attrs: { axis } },
    { name: normalised, op, inputs: [flat] },
    { name: shape, op: 'Shape', inputs: [x] },
    { name, op: 'Reshape', inputs: [normalised, shape] },
  ];
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
