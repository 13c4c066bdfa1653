import {
  attributesOf,
  optionalFloats,
  optionalStrings,
  type Attributes,
  type Node,
  type OpName,
} from '@kirchhoff/graph';

/** An activation as a node of its own. */
export interface Activation {
  readonly op: OpName;
  readonly attrs?: Attributes;
}

interface Entry {
  readonly op: OpName;
  /** Which of `activation_alpha` and `activation_beta` it takes, each with the operator's attribute of that name. */
  readonly takes?: readonly ('alpha' | 'beta')[];
}

/** The activations of ONNX's recurrent operators that are operators too; names count without regard to case. */
const entries: Readonly<Record<string, Entry>> = {
  sigmoid: { op: 'Sigmoid' },
  tanh: { op: 'Tanh' },
  relu: { op: 'Relu' },
  softsign: { op: 'Softsign' },
  softplus: { op: 'Softplus' },
  leakyrelu: { op: 'LeakyRelu', takes: ['alpha'] },
  thresholdedrelu: { op: 'ThresholdedRelu', takes: ['alpha'] },
  elu: { op: 'Elu', takes: ['alpha'] },
  hardsigmoid: { op: 'HardSigmoid', takes: ['alpha', 'beta'] },
};

/**
 * The activations of a recurrent node, those of the first direction before those of the second; `defaults` are those of
 * one direction. `activation_alpha` and `activation_beta` are dealt out in order to the activations that take one.
 * Undefined where one has no operator of its own (Affine, ScaledTanh), or where their number is not that of the gates.
 */
export const activationsOf = (
  node: Node,
  defaults: readonly string[],
  directions: number,
): readonly Activation[] | undefined => {
  const attrs = attributesOf(node);
  const written = optionalStrings(attrs, 'activations');
  const names = written && written.length > 0 ? written : Array.from({ length: directions }, () => defaults).flat();
  if (names.length !== directions * defaults.length) return undefined;
  const given = {
    alpha: [...(optionalFloats(attrs, 'activation_alpha') ?? [])],
    beta: [...(optionalFloats(attrs, 'activation_beta') ?? [])],
  };
  const found = names.map((name): Activation | undefined => {
    const key = name.toLowerCase();
    if (!Object.hasOwn(entries, key)) return undefined;
    const { op, takes = [] } = entries[key]!;
    const otherwise = attributesOf({ op });
    const own = takes.flatMap((letter) => {
      const value = given[letter].shift();
      return value === undefined || value === otherwise[letter] ? [] : [[letter, value] as const];
    });
    return { op, ...(own.length > 0 && { attrs: Object.fromEntries(own) }) };
  });
  return found.every((activation) => activation !== undefined) ? found : undefined;
};
