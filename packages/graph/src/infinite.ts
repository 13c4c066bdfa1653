import { attributesOf } from './attributes.js';
import type { Fact } from './facts.js';
import { outputsOf, type Node } from './graph.js';
import type { TypedGraph } from './infer.js';
import { kindOf } from './kind.js';
import type { Interval, Kind } from './operators/row.js';
import { constantAt } from './way.js';

type Facts = ReadonlyMap<string, Fact>;

/** Beyond it a sum may leave float32; masks of the least float32 stand there. */
const vast = 1e30;

const isVast = ({ low, high }: Interval): boolean => !(low > -vast && high < vast);

const kindIn = (node: Node, facts: Facts): Kind =>
  kindOf(
    node,
    constantAt(node, (name) => facts.get(name)?.way ?? 'none'),
  );

const normalises = ({ op }: Node): boolean => op === 'Softmax' || op === 'LogSoftmax';

/** Kinds whose output may be infinite where an input is. */
const carrying: readonly Kind[] = ['plain', 'structural', 'product', 'quotient', 'maximum', 'elementwise'];

const carries = (node: Node, facts: Facts): boolean =>
  attributesOf(node)['body'] === undefined && carrying.includes(kindIn(node, facts));

const isFloat = ({ types }: TypedGraph, name: string): boolean => types.get(name)?.type.startsWith('float') !== false;

/** Values from which a way leads to a softmax, past nothing that would spoil an infinite one. */
const scoresIn = (typed: TypedGraph, facts: Facts): ReadonlySet<string> => {
  const scores = new Set<string>();
  for (const node of typed.graph.nodes.toReversed()) {
    if (normalises(node) || (outputsOf(node).some((name) => scores.has(name)) && carries(node, facts)))
      for (const name of node.inputs) if (name !== '' && isFloat(typed, name)) scores.add(name);
  }
  return scores;
};

/**
 * Values that may hold an infinite element: constants that do, such as masks of −∞, what sums and moves make of them, and on
 * the way to a softmax whatever is not known (inputs, tensors in files).
 */
export const infiniteValues = (typed: TypedGraph, facts: Facts): ReadonlySet<string> => {
  const { inputs, tensors, nodes } = typed.graph;
  const scores = scoresIn(typed, facts);
  const infinite = new Set(inputs.map(({ name }) => name).filter((name) => scores.has(name)));
  const fact = (name: string): Interval => facts.get(name) ?? { low: -Infinity, high: Infinity };
  const known = ({ low, high }: Interval): boolean => low !== -Infinity || high !== Infinity;
  for (const name of Object.keys(tensors))
    if (isFloat(typed, name) && isVast(fact(name)) && (known(fact(name)) || scores.has(name))) infinite.add(name);
  const made = new Set([...infinite, ...Object.keys(tensors), ...inputs.map(({ name }) => name)]);
  const may = (name: string): boolean => infinite.has(name) || (!made.has(name) && scores.has(name));
  for (const node of nodes) {
    const constant = node.op === 'Constant' || node.op === 'ConstantOfShape';
    const pole = node.op === 'Log' && scores.has(node.name) && fact(node.inputs[0]!).low <= 0;
    const arises = constant || pole || (carries(node, facts) && node.inputs.some((name) => name !== '' && may(name)));
    for (const name of outputsOf(node)) {
      made.add(name);
      if (arises && isFloat(typed, name) && isVast(fact(name))) infinite.add(name);
    }
  }
  return infinite;
};

/** Kinds that an infinite value may pass on its way to a softmax. */
const passing: readonly Kind[] = ['plain', 'structural', 'maximum', 'axis', 'discrete'];

/**
 * Inputs that are added to what a softmax takes and go nowhere else: −∞ in them is no missing number, but says that a place
 * is masked.
 */
export const maskInputs = (typed: TypedGraph, facts: Facts): ReadonlySet<string> => {
  const { graph } = typed;
  const open = (from: string): boolean => {
    const reached = new Set([from]);
    let normalised = false;
    for (const node of graph.nodes) {
      if (!node.inputs.some((name) => reached.has(name))) continue;
      const kind = kindIn(node, facts);
      normalised ||= normalises(node);
      if (!passing.includes(kind) && !['Clip', 'Max', 'Min'].includes(node.op)) return false;
      if (kind === 'axis' && !normalises(node)) return false;
      if (kind !== 'axis' && kind !== 'discrete') for (const name of outputsOf(node)) reached.add(name);
    }
    return normalised && !graph.outputs.some((name) => reached.has(name));
  };
  return new Set(
    graph.inputs.filter(({ type, name }) => type.startsWith('float') && open(name)).map(({ name }) => name),
  );
};
