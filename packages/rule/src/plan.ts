import type { Formula } from '@kirchhoff/formula';
import { outputsOf, type Fact, type Kind, type Node, type TypedGraph } from '@kirchhoff/graph';
import { addProblems, problem, ruleSays, within, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Bound, Composite, Entry, Match, Seed } from './composite.js';
import { fitsPattern } from './pattern.js';
import { allFacts, allNodes, constantsOf, positionsOf, type Position } from './position.js';
import { gateOf } from './role.js';
import { checkParameter, instantiate, type Instance, type Quantity, type Rule, type RuleCase } from './rule.js';
import { entriesOf, findRule, type Rulebook } from './rulebook.js';
import { appliesTo } from './vocabulary.js';

/** The rule that governs one node, and why. */
export interface Assignment {
  readonly node: string;
  readonly kind: Kind;
  readonly rule: Rule;
  readonly ruleCase: RuleCase;
  readonly parameters: Readonly<Record<string, number>>;
  /** The case with these parameters put in. */
  readonly instance: Instance;
  /** The entry that matched: `epsilon-plus-flat entry 1`, or `--rule`. */
  readonly place: string;
  /** Of a product or contraction: the port of the gate, where it is known. */
  readonly gate: number | undefined;
}

/** Node → rule, for every node that relevance crosses and that is not merely structural. */
export interface Plan {
  readonly composite: string;
  readonly assignments: ReadonlyMap<string, Assignment>;
  readonly positions: ReadonlyMap<string, Position>;
  readonly facts: ReadonlyMap<string, Fact>;
  /** What the rules hand on. */
  readonly quantity: Quantity;
  /** What the finished map holds: relevance even where gradients were handed on, after gradient × input. */
  readonly finished: Quantity;
  readonly seed: Seed;
  readonly finish: Formula | undefined;
  /** Products and contractions that an entry for known gates passed over, since neither operand is known to be one. */
  readonly undecided: readonly string[];
  /** Nodes that prepare an input: relevance is handed on as it is, whatever the rule. */
  readonly preamble: ReadonlySet<string>;
}

export interface PlanOptions {
  /** One rule for all weighted nodes, before the composite is asked. */
  readonly rule?: { readonly name: string; readonly parameters: Readonly<Record<string, number>> } | undefined;
  /** Parameters set wherever a rule of the plan has them. */
  readonly set?: Readonly<Record<string, number>> | undefined;
}

const inside = ({ minimum, maximum }: Bound, fact: Fact | undefined): boolean =>
  fact !== undefined && fact.low >= minimum && fact.high <= maximum;

/** Whether every predicate of `match` holds for the node. */
const matches = (
  match: Match,
  node: Node,
  position: Position,
  gate: number | undefined,
  facts: ReadonlyMap<string, Fact>,
): boolean => {
  const { op, kind, weighted, name, first, last, depth, gate: known, facts: wanted } = match;
  if (op && !op.includes(node.op)) return false;
  if (kind !== undefined && !(kind === 'affine' ? appliesTo('affine', position.kind) : kind === position.kind))
    return false;
  if (known !== undefined && known !== (gate !== undefined)) return false;
  if (weighted !== undefined && weighted !== (position.kind === 'weighted')) return false;
  if (name !== undefined && !fitsPattern(name, node.name)) return false;
  if (first !== undefined && first !== position.first) return false;
  if (last !== undefined && last !== position.last) return false;
  if (depth && (position.depth < depth.minimum || position.depth > depth.maximum)) return false;
  if (wanted?.x) {
    const { x } = wanted;
    const constant = constantsOf(facts)(node);
    const sources = node.inputs.filter((input) => !constant(input) && facts.has(input));
    if (!sources.every((input) => inside(x, facts.get(input)))) return false;
  }
  return !wanted?.y || inside(wanted.y, facts.get(node.name));
};

const caseFor = (rule: Rule, node: Node, kind: Kind): RuleCase | undefined =>
  rule.cases.find((one) => appliesTo(one.on, kind) && (one.ops === undefined || one.ops.includes(node.op)));

const onOf = (rule: Rule): readonly string[] => rule.cases.map(({ on, ops }) => ops?.join(' ') ?? on);

/** Default parameters, then the entry's, then those set for the whole plan (whose problems are placed at `set`). */
const resolveParameters = (
  rule: Rule,
  { parameters: given, place }: Entry,
  set: Readonly<Record<string, number>>,
): Result<Readonly<Record<string, number>>> => {
  const problems: Problem[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rule.parameters, name)) {
      problems.push(problem(place, ruleSays.unknownParameter(rule.name, name, Object.keys(rule.parameters))));
    }
  }
  const values: Record<string, number> = {};
  for (const [name, parameter] of Object.entries(rule.parameters)) {
    const value = set[name] ?? given[name] ?? parameter.default;
    const wrong = checkParameter(rule.name, name, value, parameter);
    if (wrong !== undefined) problems.push(problem(Object.hasOwn(set, name) ? 'set' : place, wrong));
    values[name] = value;
  }
  return problems.length > 0 ? E.left(problems) : E.right(values);
};

const ruleEntries = (book: Rulebook, composite: Composite, options: PlanOptions): Result<readonly Entry[]> => {
  const entries = entriesOf(book, composite);
  if (E.isLeft(entries)) return entries;
  const problems: Problem[] = [];
  for (const { rule, place } of entries.right) {
    const found = findRule(book, rule);
    if (E.isLeft(found)) addProblems(problems, within(place, found.left));
  }
  if (options.rule) {
    const found = findRule(book, options.rule.name);
    if (E.isLeft(found)) addProblems(problems, within('rule', found.left));
  }
  if (problems.length > 0) return E.left(problems);
  if (!options.rule) return entries;
  const { name, parameters } = options.rule;
  return E.right([{ match: { weighted: true }, rule: name, parameters, place: `rule ${name}` }, ...entries.right]);
};

/** A quantity for the whole plan, or the refusal to mix. A maximum's winner routes either. */
const quantityOf = (assignments: Iterable<Assignment>): Result<Quantity> => {
  const names = { relevance: new Set<string>(), gradient: new Set<string>() };
  for (const { rule } of assignments) names[rule.quantity].add(rule.name);
  if (names.relevance.size > 0 && names.gradient.size > 0) {
    return E.left([problem('', ruleSays.mixedQuantities([...names.relevance], [...names.gradient]))]);
  }
  return E.right(names.gradient.size > 0 ? 'gradient' : 'relevance');
};

/**
 * Finds the rule of every node: the first entry that matches. Refuses, before anything runs and with all problems at
 * once: nodes that no entry matches, entries whose rule does not fit the node, parameters that do not exist or are out
 * of bounds, and plans that mix relevance with gradients.
 */
export const makePlan = (
  typed: TypedGraph,
  composite: Composite,
  book: Rulebook,
  options: PlanOptions = {},
): Result<Plan> => {
  const entries = ruleEntries(book, composite, options);
  if (E.isLeft(entries)) return entries;
  const set = options.set ?? {};
  const facts = allFacts(typed);
  const positions = positionsOf(typed, facts);
  const assignments = new Map<string, Assignment>();
  const settable = new Set<string>();
  const problems: Problem[] = [];
  const undecided: string[] = [];
  const preamble = new Set<string>();
  const all = allNodes(typed);
  const makers = new Map(all.flatMap(({ node }) => outputsOf(node).map((name) => [name, node] as const)));
  const around = { facts, maker: (name: string) => makers.get(name), constantsAt: constantsOf(facts) };
  const refusals = new Map<string, readonly Problem[]>();

  all.forEach(({ node, place }) => {
    const position = positions.get(node.name);
    if (!position?.live || position.kind === 'structural' || position.kind === 'discrete') return;
    const { kind } = position;
    const gate = kind === 'product' || kind === 'contraction' ? gateOf(node, around) : undefined;
    const entry = entries.right.find(({ match }) => matches(match, node, position, gate, facts));
    const prepares = node.preamble === true && kind === 'plain';
    if (prepares && (entry === undefined || book.rules.get(entry.rule)!.quantity === 'relevance')) {
      preamble.add(node.name);
      return;
    }
    const before = entries.right.slice(0, entry === undefined ? undefined : entries.right.indexOf(entry));
    const passedOver = before.some(
      ({ match }) => match.gate === true && matches({ ...match, gate: false }, node, position, gate, facts),
    );
    if (passedOver) undecided.push(node.name);
    const refused = (message: string): void => void refusals.set(node.name, [problem(place, message)]);
    if (entry === undefined) {
      const candidates = [...book.rules.values()].filter((rule) => caseFor(rule, node, kind)).map(({ name }) => name);
      refused(
        kind === 'other' ? ruleSays.noCrossing(node.op) : ruleSays.noRule(node.op, kind, composite.name, candidates),
      );
      return;
    }
    const rule = book.rules.get(entry.rule)!;
    const ruleCase = caseFor(rule, node, kind);
    if (ruleCase === undefined) {
      refused(ruleSays.ruleDoesNotApply(rule.name, onOf(rule), entry.place, node.op, kind));
      return;
    }
    if (gate === undefined && Object.hasOwn(ruleCase.messages, 'gate')) {
      refused(ruleSays.ambiguousGate(node.op));
      return;
    }
    for (const name of Object.keys(rule.parameters)) settable.add(name);
    const parameters = resolveParameters(rule, entry, set);
    if (E.isLeft(parameters)) addProblems(problems, parameters.left);
    else
      assignments.set(node.name, {
        node: node.name,
        kind,
        rule,
        ruleCase,
        parameters: parameters.right,
        instance: instantiate(ruleCase, parameters.right),
        place: entry.place,
        gate,
      });
  });

  const reached = reachedBy(typed, assignments);
  for (const [node, refusal] of refusals) if (reached.has(node)) addProblems(problems, refusal);
  for (const name of Object.keys(set)) {
    if (!settable.has(name)) {
      problems.push(problem('set', ruleSays.noUse(name, composite.name, [...settable])));
    }
  }
  if (problems.length > 0) return E.left(dedupe(problems));
  const quantity = quantityOf(assignments.values());
  if (E.isLeft(quantity)) return quantity;
  const { seed = 'value', finish } = composite;
  return E.right({
    composite: composite.name,
    assignments,
    positions,
    facts,
    quantity: quantity.right,
    finished: composite.quantity ?? quantity.right,
    seed,
    finish,
    undecided,
    preamble,
  });
};

/** Whether the rule sends nothing to this port, whatever the numbers. */
const isSilent = ({ kind, ruleCase: { messages }, gate }: Assignment, node: Node, port: number): boolean => {
  const role = (name: string): boolean => messages[name]?.text.trim() === '0';
  if (kind === 'quotient') return port === node.roles?.scale ? role('scale') : role('signal');
  if (kind !== 'product' && kind !== 'contraction') return false;
  if (gate !== undefined && Object.hasOwn(messages, 'gate')) return port === gate ? role('gate') : role('signal');
  return role(port === 0 ? 'a' : 'b');
};

/** Nodes that relevance reaches: not those behind operands alone that their rules send nothing. */
const reachedBy = (typed: TypedGraph, assignments: ReadonlyMap<string, Assignment>): ReadonlySet<string> => {
  const nodes = new Set<string>();
  const through = ({ graph, bodies }: TypedGraph): void => {
    const values = new Set(graph.outputs);
    for (const node of graph.nodes.toReversed()) {
      if (!outputsOf(node).some((name) => values.has(name))) continue;
      nodes.add(node.name);
      const assignment = assignments.get(node.name);
      node.inputs.forEach((name, port) => {
        if (assignment === undefined || !isSilent(assignment, node, port)) values.add(name);
      });
      const body = bodies.get(node.name);
      if (body !== undefined) through(body);
    }
  };
  through(typed);
  return nodes;
};

const dedupe = (problems: readonly Problem[]): readonly Problem[] => {
  const seen = new Set<string>();
  return problems.filter(({ at, message }) => !seen.has(`${at}\n${message}`) && seen.add(`${at}\n${message}`));
};
