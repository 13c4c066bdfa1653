import { elementTypeCodes, kindOf, operators } from '@kirchhoff/graph';
import type { Attributes, AttributeSpec, AttributeValue, Kind, Node, OpName, TypedGraph } from '@kirchhoff/graph';
import { makePlan, type Assignment, type Composite, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { code, codes } from './markdown.js';

/** A node of an operator that stands for all of one kind, and where that kind is met (in words; '' for the usual case). */
export interface Representative {
  readonly kind: Kind;
  readonly where: string;
  readonly node: Node;
}

const computed = 'below';
const constant = 'constant';

/** The ports in words; a variadic one twice. */
const portsOf = (op: OpName): readonly string[] =>
  operators[op].inputs.flatMap(({ name, variadic }) =>
    variadic === true ? [code(name), `a second ${code(name)}`] : [code(name)],
  );

/** Values of an attribute that a kind may depend on. */
const valuesOf = ({ type, choices, default: usual, optional }: AttributeSpec): readonly AttributeValue[] => {
  if (choices !== undefined) return choices;
  if (type !== 'int' || optional === true) return [];
  return usual === undefined ? Object.values(elementTypeCodes) : usual === 0 || usual === 1 ? [usual, 1 - usual] : [];
};

const requiredAttrs = (op: OpName): Attributes =>
  Object.fromEntries(
    Object.entries(operators[op].attrs).flatMap(([key, spec]): readonly (readonly [string, AttributeValue])[] => {
      const [first] = spec.default === undefined ? valuesOf(spec) : [];
      return first === undefined ? [] : [[key, first]];
    }),
  );

/** A node whose inputs are computed where `isComputed` says so, constant elsewhere. */
const nodeOf = (op: OpName, isComputed: (port: number) => boolean, attrs: Attributes = {}): Node => ({
  name: 'node',
  op,
  inputs: portsOf(op).map((_, port) => (isComputed(port) ? computed : constant)),
  attrs: { ...requiredAttrs(op), ...attrs },
});

const kindOfNode = (node: Node): Kind => kindOf(node, (name) => name === constant);

const groupBy = <A>(all: readonly A[], keyOf: (one: A) => string): ReadonlyMap<string, readonly A[]> => {
  const groups = new Map<string, A[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
};

/**
 * The kinds that nodes of an operator have: first that of a node with one computed input and the default attributes,
 * then every other kind that one more computed input, another computed input or another value of an attribute leads to.
 */
export const representativesOf = (op: OpName): readonly Representative[] => {
  const usual = nodeOf(op, (port) => port === 0);
  const others = portsOf(op).flatMap((name, port): readonly Representative[] => {
    if (port === 0) return [];
    const also = nodeOf(op, (p) => p === 0 || p === port);
    const alone = nodeOf(op, (p) => p === port);
    const both = kindOfNode(also) === kindOfNode(alone);
    return [
      { kind: kindOfNode(also), node: also, where: `${name} is computed${both ? '' : ', too'}` },
      ...(both ? [] : [{ kind: kindOfNode(alone), node: alone, where: `only ${name} is computed` }]),
    ];
  });
  const byAttribute = Object.entries(operators[op].attrs).flatMap(([key, spec]): readonly Representative[] => {
    const nodes = valuesOf(spec).map((value) => nodeOf(op, (port) => port === 0, { [key]: value }));
    return [...groupBy(nodes, kindOfNode).values()].map((alike) => ({
      kind: kindOfNode(alike[0]!),
      node: alike[0]!,
      where: `${code(key)} is ${codes(alike.map(({ attrs }) => String(attrs?.[key]))).replace(/, (?=[^,]*$)/, ' or ')}`,
    }));
  });
  const kind = kindOfNode(usual);
  const different = [...others, ...byAttribute].filter((one) => one.kind !== kind);
  return [
    { kind, where: '', node: usual },
    ...[...groupBy(different, (one) => one.kind).values()].map((alike) => ({
      ...alike[0]!,
      where: alike.map(({ where }) => where).join(', or '),
    })),
  ];
};

const weighted = (name: string, input: string): Node => ({ name, op: 'MatMul', inputs: [input, constant] });

/** The node between two weighted nodes, or with none before it. */
const graphAround = (node: Node, first: boolean): TypedGraph => ({
  graph: {
    name: node.op,
    inputs: [{ name: first ? computed : 'input', type: 'float32', shape: ['N'] }],
    nodes: [...(first ? [] : [weighted(computed, 'input')]), node, weighted('above', node.name)],
    outputs: ['above'],
    tensors: { [constant]: { type: 'float32', shape: [1], data: [1] } },
  },
  store: new Map(),
  types: new Map(
    [computed, constant, 'input', node.name, 'above'].map((name) => [name, { type: 'float32', shape: ['N'] }]),
  ),
  known: new Map(),
  bodies: new Map(),
});

/** What a composite puts on the node; undefined where its plan refuses it. `first`: no weighted node lies before it. */
export const assignmentOf = (
  { node }: Representative,
  composite: Composite,
  book: Rulebook,
  first: boolean,
): Assignment | undefined => {
  const plan = makePlan(graphAround(node, first), composite, book);
  return E.isRight(plan) ? plan.right.assignments.get(node.name) : undefined;
};
