import { attributesOf, type Node } from '@kirchhoff/graph';
import { behind } from './behind.js';
import { factorsOf, isNear, type Factors } from './factors.js';
import { removeUnread, replaceNode, type Rewrite, type View } from './rewrite.js';

/** An activation found among the nodes of an older exporter: what stands for them, and the nodes that fall away with it. */
interface Found {
  readonly node: Node;
  readonly parts: readonly string[];
}

/** The operand beside the number `wanted` in a sum. */
const besideNumber = (sum: Node | undefined, wanted: number, view: View): string | undefined => {
  if (sum?.op !== 'Add') return undefined;
  const port = sum.inputs.findIndex((name) => isNear(view.scalar(name), wanted));
  return port < 0 ? undefined : sum.inputs[1 - port];
};

const powerOf = (name: string, exponent: number, view: View): string | undefined => {
  const node = view.node(name);
  return node?.op === 'Pow' && view.scalar(node.inputs[1]!) === exponent ? node.inputs[0] : undefined;
};

/** x³, as a power or a product. */
const isCube = ({ values }: Factors, x: string, view: View): boolean =>
  values.length === 1 ? powerOf(values[0]!, 3, view) === x : values.length === 3 && values.every((name) => name === x);

/** √(2/π)·(x + 0.044715·x³), the argument of the hyperbolic tangent in Gelu's approximation. */
const isTanhArgument = (name: string, x: string, view: View): boolean => {
  const product = view.node(name);
  const factors = product && factorsOf(product, view);
  if (factors === undefined || factors.values.length !== 1 || !isNear(factors.number, Math.sqrt(2 / Math.PI)))
    return false;
  const sum = view.node(factors.values[0]!);
  if (sum?.op !== 'Add' || !sum.inputs.includes(x)) return false;
  const cube = view.node(sum.inputs.find((input) => input !== x) ?? '');
  const scaled = cube && factorsOf(cube, view);
  return scaled !== undefined && isNear(scaled.number, 0.044715) && isCube(scaled, x, view);
};

/** x/√2, the argument of the error function in Gelu. */
const isErfArgument = (name: string, x: string, view: View): boolean => {
  const node = view.node(name);
  const factors = node && factorsOf(node, view);
  return factors !== undefined && factors.values.join() === x && isNear(factors.number, Math.SQRT1_2);
};

/** 0.5·x·(1 + erf(x/√2)), or with its approximation by tanh. */
const gelu = (node: Node, { number, values }: Factors, view: View): Node | undefined => {
  if (!isNear(number, 0.5) || values.length !== 2) return undefined;
  for (const [x = '', sum = ''] of [values, values.toReversed()]) {
    const curve = view.node(besideNumber(view.node(sum), 1, view) ?? '');
    const [argument = ''] = curve?.inputs ?? [];
    if (curve?.op === 'Erf' && isErfArgument(argument, x, view)) return { name: node.name, op: 'Gelu', inputs: [x] };
    if (curve?.op === 'Tanh' && isTanhArgument(argument, x, view))
      return { name: node.name, op: 'Gelu', inputs: [x], attrs: { approximate: 'tanh' } };
  }
  return undefined;
};

/** x of clip(x + 3, 0, 6). */
const shiftedClip = (name: string, view: View): string | undefined => {
  const clip = view.node(name);
  if (clip?.op !== 'Clip') return undefined;
  const [shifted = '', low = '', high = ''] = clip.inputs;
  const bounded = view.scalar(low) === 0 && view.scalar(high) === 6;
  return bounded ? besideNumber(view.node(shifted), 3, view) : undefined;
};

/** x of the hard sigmoid with slope 1/6. */
const hardSigmoidOf = (name: string, view: View): string | undefined => {
  const node = view.node(name);
  if (node?.op !== 'HardSigmoid') return undefined;
  const { alpha, beta } = attributesOf(node);
  return isNear(Number(alpha), 1 / 6) && beta === 0.5 ? node.inputs[0] : undefined;
};

/** x·clip(x + 3, 0, 6)/6; without the x a hard sigmoid. */
const hard = (node: Node, { number, values }: Factors, view: View): Node | undefined => {
  const [first = '', second] = values;
  if (second === undefined) {
    const x = isNear(number, 1 / 6) ? shiftedClip(first, view) : undefined;
    return x === undefined
      ? undefined
      : { name: node.name, op: 'HardSigmoid', inputs: [x], attrs: { alpha: 1 / 6, beta: 0.5 } };
  }
  if (values.length !== 2) return undefined;
  const isSwish = ([x, gate]: readonly string[]): boolean =>
    (isNear(number, 1 / 6) && shiftedClip(gate!, view) === x) ||
    (isNear(number, 1) && hardSigmoidOf(gate!, view) === x);
  const x = isSwish([first, second]) ? first : isSwish([second, first]) ? second : undefined;
  return x === undefined ? undefined : { name: node.name, op: 'HardSwish', inputs: [x] };
};

const foundAt = (node: Node, view: View): Found | undefined => {
  const factors = factorsOf(node, view);
  const made = factors && (gelu(node, factors, view) ?? hard(node, factors, view));
  if (factors === undefined || made === undefined) return undefined;
  const parts = factors.values.flatMap((name) => behind(name, made.inputs, view));
  return { node: made, parts: [...factors.nodes.slice(1), ...parts] };
};

/** Activations that an older opset could only write as a formula are one node: rules for activations need to see them. */
export const joinActivations: Rewrite = {
  name: 'join-activations',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      const found = foundAt(node, view);
      if (found === undefined || draft.nodes.every(({ name }) => name !== node.name)) continue;
      replaceNode(draft, node.name, [found.node]);
      removeUnread(draft, found.parts);
      changes.push(`${node.name} (${node.op}) and ${found.parts.length} nodes before it are ${found.node.op}`);
    }
    return changes;
  },
};
