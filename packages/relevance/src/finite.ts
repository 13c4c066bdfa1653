import type { Builder } from './builder.js';
import type { RuledCrossing } from './crossing.js';

/** A value with 0 in place of what is infinite. */
export const finite = (b: Builder, name: string): string => {
  const hint = `${name}/finite`;
  const nothing = b.constant(b.type(name).type, [], [0]);
  return b.emit(hint, 'Where', [b.emit(`${hint}.not`, 'IsInf', [name]), nothing, name]);
};

/**
 * The node as it would be if its operands were finite. Where one is not (a mask of −∞ in the scores of an attention), the
 * softmax beyond it is 0 and so is the relevance that arrives; a formula would make 0·∞ of it, whose limit is 0.
 */
export const finitely = (crossing: RuledCrossing): RuledCrossing => {
  const { b, node, constant, infinite } = crossing;
  if (!node.inputs.some((name) => infinite.has(name))) return crossing;
  const originals = new Map<string, string>();
  const inputs = node.inputs.map((name) => {
    if (!infinite.has(name)) return name;
    const without = finite(b, name);
    originals.set(without, name);
    return without;
  });
  return {
    ...crossing,
    node: { ...node, name: b.emit(`${node.name}/finite`, node.op, inputs, node.attrs), inputs },
    constant: (name) => constant(originals.get(name) ?? name),
  };
};
