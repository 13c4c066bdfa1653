import { opNames, operators, type AttributeSpec, type OpName, type Port } from '@kirchhoff/graph';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import { curvesOf, type Curve } from './curve.js';
import { code, codes, equations, link, notice, page, table } from './markdown.js';
import { outcomeOf } from './outcome.js';
import { representativesOf, type Representative } from './representative.js';

/** Where the picture of an operator's curve is, seen from the page. */
export const pictureOf = (op: OpName): string => `pictures/operators/${op}.svg`;

const portText = ({ name, optional, variadic }: Port): string =>
  `${code(name)}${optional === true ? ' (optional)' : variadic === true ? ' (any number, at least one)' : ''}`;

const outputsText = (op: OpName): string => {
  const { outputs, variadicOutputs } = operators[op];
  return `${codes(outputs)}${variadicOutputs === true ? ' (any number)' : ''}`;
};

const defaultText = ({ default: value, optional, choices = [] }: AttributeSpec): string => {
  if (value === undefined) return optional === true ? 'optional' : 'required';
  const others = choices.filter((choice) => choice !== value);
  return `${code(String(value))}${others.length === 0 ? '' : `; or ${codes(others)}`}`;
};

const attributesTable = (op: OpName): string =>
  table(
    ['attribute', 'type', 'default'],
    Object.entries(operators[op].attrs).map(([name, spec]) => [code(name), spec.type, defaultText(spec)]),
  );

const ruleText = (representative: Representative, composite: Composite, book: Rulebook): string => {
  const outcome = outcomeOf(representative, composite, book);
  const named = (name: string): string => link(code(name), `rules-reference.md#${name}`);
  switch (outcome.kind) {
    case 'followed':
      return 'none is needed: relevance follows the value it belongs to';
    case 'discrete':
      return `none is needed: what reaches it is the leak ${code('discrete')}`;
    case 'given':
      return `none is needed: it is a constant to what reads it${
        outcome.ofMeasured === 'refused' ? '; of measured values it is refused' : ''
      }`;
    case 'written':
      return `those of the nodes that it is written as: the rewrite ${link(code(outcome.rewrite), 'import.md#rewrites')}`;
    case 'unruled':
      return 'none: a plan refuses such a node until a rule is given';
    case 'refused':
      return 'none: a plan refuses such a node, whatever the rule';
    case 'ruled': {
      const { inside, first } = outcome;
      const beside =
        first === undefined || first.rule.name === inside.rule.name
          ? ''
          : `; on the first layer ${named(first.rule.name)}`;
      return `${named(inside.rule.name)} (${inside.place})${beside}`;
    }
  }
};

const kindsTable = (op: OpName, composite: Composite, book: Rulebook): string => {
  const representatives = representativesOf(op);
  const several = representatives.length > 1;
  return table(
    ['kind', ...(several ? ['where'] : []), `rule by ${code(composite.name)}`],
    representatives.map((one) => [
      code(one.kind),
      ...(several ? [one.where === '' ? 'usually' : one.where] : []),
      ruleText(one, composite, book),
    ]),
  );
};

const curveBlocks = (op: OpName, curve: Curve): readonly string[] => [
  ...(curve.variant === '' ? [] : [`With ${code(operators[op].variants?.attribute ?? '')} ${code(curve.variant)}:`]),
  equations([
    ['y', curve.y.tex],
    ['\\frac{\\partial y}{\\partial x}', curve.dydx.tex],
  ]),
  [
    `- ${code(`y = ${curve.y.text}`)}`,
    `- ${code(`dydx = ${curve.dydx.text}`)} (${curve.stated ? 'stated: numerically stable' : 'derived from the formula'})`,
  ].join('\n'),
];

const picture = (op: OpName, [curve]: readonly Curve[]): string => {
  if (curve === undefined) return '';
  const assumed = curve.assumed.length === 0 ? '' : `\n\nDrawn with ${codes(curve.assumed)}.`;
  return `![${op}, a solid line, and its derivative, a dashed one](${pictureOf(op)})${assumed}`;
};

const operatorBlocks = (op: OpName, composite: Composite, book: Rulebook): readonly string[] => {
  const { summary, inputs } = operators[op];
  const curves = curvesOf(op);
  return [
    `## ${op}`,
    summary,
    kindsTable(op, composite, book),
    [
      `- Inputs: ${inputs.length === 0 ? 'none' : inputs.map(portText).join(', ')}`,
      `- Outputs: ${outputsText(op)}`,
    ].join('\n'),
    attributesTable(op),
    ...curves.flatMap((curve) => curveBlocks(op, curve)),
    picture(op, curves),
  ];
};

const index = (): string => {
  const byKind = new Map<string, OpName[]>();
  for (const op of opNames) {
    for (const { kind } of representativesOf(op)) byKind.set(kind, [...(byKind.get(kind) ?? []), op]);
  }
  return table(
    ['kind', 'operators'],
    [...byKind].map(([kind, ops]) => [code(kind), ops.map((op) => link(op, `#${op.toLowerCase()}`)).join(', ')]),
  );
};

/**
 * `docs/operators.md`: every row of the operator table, with the kinds its nodes have, the rule that `composite` puts on
 * them, its ports and attributes and, where it has a formula, that formula with its derivative and a picture.
 */
export const operatorsPage = (composite: Composite, book: Rulebook): string =>
  page([
    '# Operators',
    notice,
    `The ${opNames.length} operators of a [graph](graph.md). Name, ports, attributes and meaning are those of ` +
      '[ONNX](https://onnx.ai/onnx/operators/), default domain, opset 21. The *kind* of a node says ' +
      '[what a rule may speak of](rules.md#kinds-of-node); it can depend on which of its inputs are *computed*, that is, ' +
      'depend on an input of the graph, and on attributes. Where a table has several kinds, the row *usually* is a node ' +
      'with one computed input and the default attributes, and each other row says what changes that. The rules are ' +
      `those that the composite [${code(composite.name)}](rules-reference.md#composite-${composite.name}) puts on such ` +
      'a node between two layers.',
    index(),
    ...opNames.flatMap((op) => operatorBlocks(op, composite, book)),
  ]);
