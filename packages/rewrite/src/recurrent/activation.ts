import {
  attributesOf,
  optionalFloats,
  optionalStrings,
  type Attributes,
  type Node,
  type OpName,
} from '@kirchhoff/graph';

/** One node of an activation; `operand` is a second, constant one. */
export interface ActivationNode {
  readonly op: OpName;
  readonly attrs?: Attributes;
  readonly operand?: number;
}

/** An activation as nodes, each of which reads the one before; at least one. */
export type Activation = readonly ActivationNode[];

interface Operator {
  readonly op: OpName;
  /** Which of `activation_alpha` and `activation_beta` it takes, each with the operator's attribute of that name. */
  readonly takes?: readonly ('alpha' | 'beta')[];
}

/** An activation that is several operators: what alpha and beta are where the node gives none, and its nodes. */
interface Composed {
  readonly alpha: number;
  readonly beta: number;
  readonly nodes: (alpha: number, beta: number) => Activation;
}

const times = (operand: number): Activation => (operand === 1 ? [] : [{ op: 'Mul', operand }]);
const plus = (operand: number): Activation => (operand === 0 ? [] : [{ op: 'Add', operand }]);
const atLeastOne = (nodes: Activation): Activation => (nodes.length === 0 ? [{ op: 'Identity' }] : nodes);

/** The activations of ONNX's recurrent operators, as operators; names count without regard to case. */
const entries: Readonly<Record<string, Operator | Composed>> = {
  sigmoid: { op: 'Sigmoid' },
  tanh: { op: 'Tanh' },
  relu: { op: 'Relu' },
  softsign: { op: 'Softsign' },
  softplus: { op: 'Softplus' },
  leakyrelu: { op: 'LeakyRelu', takes: ['alpha'] },
  thresholdedrelu: { op: 'ThresholdedRelu', takes: ['alpha'] },
  elu: { op: 'Elu', takes: ['alpha'] },
  hardsigmoid: { op: 'HardSigmoid', takes: ['alpha', 'beta'] },
  affine: { alpha: 1, beta: 0, nodes: (alpha, beta) => atLeastOne([...times(alpha), ...plus(beta)]) },
  scaledtanh: { alpha: 1, beta: 1, nodes: (alpha, beta) => [...times(beta), { op: 'Tanh' }, ...times(alpha)] },
};

/**
 * The activations of a recurrent node, those of the first direction before those of the second; `defaults` are those of
 * one direction. `activation_alpha` and `activation_beta` are dealt out in order to the activations that take one.
 * Undefined where one is no activation of ONNX's, or where their number is not that of the gates.
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
    const entry = entries[key]!;
    if ('nodes' in entry) return entry.nodes(given.alpha.shift() ?? entry.alpha, given.beta.shift() ?? entry.beta);
    const { op, takes = [] } = entry;
    const otherwise = attributesOf({ op });
    const own = takes.flatMap((letter) => {
      const value = given[letter].shift();
      return value === undefined || value === otherwise[letter] ? [] : [[letter, value] as const];
    });
    return [{ op, ...(own.length > 0 && { attrs: Object.fromEntries(own) }) }];
  });
  return found.every((activation) => activation !== undefined) ? found : undefined;
};
