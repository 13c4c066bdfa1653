import { kindOf, type Fact, type Node, type OpName } from '@kirchhoff/graph';

/** What the role of an operand is read from. */
export interface Surroundings {
  readonly facts: ReadonlyMap<string, Fact>;
  /** The node that makes a value, in whatever graph it stands; undefined for inputs and tensors. */
  readonly maker: (name: string) => Node | undefined;
  /** Which values are constants to a node. */
  readonly constantsAt: (node: Node) => (name: string) => boolean;
}

/** Functions that open and close: what they make is the gate of a product, where the other factor is no activation. */
const activations: readonly OpName[] = [
  'Relu',
  'LeakyRelu',
  'PRelu',
  'ThresholdedRelu',
  'Elu',
  'Selu',
  'Celu',
  'Gelu',
  'Mish',
  'HardSwish',
  'Sigmoid',
  'HardSigmoid',
  'Tanh',
  'Softplus',
  'Softsign',
];

/** Hand on what they are given, element by element. */
const movers: readonly OpName[] = [
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Split',
  'Slice',
  'Expand',
  'Tile',
  'Cast',
];

/** Where the elements of a value were made. */
const madeAt = (name: string, maker: Surroundings['maker']): Node | undefined => {
  const node = maker(name);
  return node !== undefined && movers.includes(node.op) ? madeAt(node.inputs[0]!, maker) : node;
};

/** Whether `name` follows from `x` alone, element by element: x · 1.702, sigmoid(x), 1 + erf(x / √2). */
const followsFrom = (name: string, x: string, around: Surroundings): boolean => {
  if (name === x) return true;
  const node = around.maker(name);
  if (node === undefined) return false;
  const constant = around.constantsAt(node);
  const kind = kindOf(node, constant);
  const computed = node.inputs.filter((input) => !constant(input));
  const single = kind === 'elementwise' || ['Mul', 'Div', 'Add', 'Sub', 'Neg'].includes(node.op);
  return single && computed.length === 1 && followsFrom(computed[0]!, x, around);
};

/** The activation that made the value: an operator, or a product of x with what follows from x (SiLU). */
const activationOf = (name: string, around: Surroundings): Node | undefined => {
  const node = madeAt(name, around.maker);
  if (node === undefined || activations.includes(node.op)) return node;
  const [a = '', b = ''] = node.inputs;
  const isSilu = node.op === 'Mul' && a !== b && (followsFrom(a, b, around) || followsFrom(b, a, around));
  return isSilu ? node : undefined;
};

/** Whether the node is on some way to the value. */
const leadsTo = (name: string, from: Node, { maker }: Surroundings): boolean => {
  const seen = new Set<string>();
  const search = (value: string): boolean => {
    const node = maker(value);
    if (node === undefined || seen.has(node.name)) return false;
    seen.add(node.name);
    return node.name === from.name || node.inputs.some(search);
  };
  return search(name);
};

/** Whether an activation made the one value, and the other is not made of what it gave. */
const isActivated = (name: string, other: string, around: Surroundings): boolean => {
  const activation = activationOf(name, around);
  return activation !== undefined && !leadsTo(other, activation, around);
};

/**
 * Which port of a product or contraction is the gate: by the roles written on the node; else the operand that alone is proved
 * to lie in [0, 1] (and not to be one number everywhere: a state that begins with zeros opens and closes nothing); else the
 * one that alone an activation made, unless the other is made of that activation. Undefined where that is not known.
 */
export const gateOf = (node: Node, around: Surroundings): number | undefined => {
  if (node.roles !== undefined) return node.roles.gate;
  const only = (holds: (name: string, other: string) => boolean): number | undefined => {
    const ports = [0, 1].filter((port) => holds(node.inputs[port]!, node.inputs[1 - port]!));
    return ports.length === 1 ? ports[0] : undefined;
  };
  const bounded = (name: string): boolean => {
    const fact = around.facts.get(name);
    return fact !== undefined && fact.low >= 0 && fact.high <= 1 && fact.low < fact.high;
  };
  if (node.inputs.every(bounded)) return undefined;
  return (
    only(bounded) ??
    (kindOf(node, around.constantsAt(node)) === 'product'
      ? only((name, other) => isActivated(name, other, around))
      : undefined)
  );
};
