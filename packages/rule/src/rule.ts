import { fromNumber, parseFormula, substitute, type Expr, type Formula, type Scope } from '@kirchhoff/formula';
import { addProblems, problem, ruleSays, within, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { decodeDocument, kindOf, operators, type Kind, type OpName } from '@kirchhoff/graph';
import type { Fragment } from './fragment.js';
import { ruleDocument, type CaseDocument, type ParameterDocument, type RuleDocument } from './document.js';
import { appliesTo, perSourceSymbolsOf, portSetsOf, ruleKinds, scopeOf, type RuleKind } from './vocabulary.js';

/** What the numbers are that a rule hands on: shares of the explained value, or derivatives (which have no ledger). */
export type Quantity = 'relevance' | 'gradient';

/** `never`: known not to hold. Otherwise it holds where `when` does (everywhere, where `when` is absent). */
export type Claim = { readonly holds: 'never' } | { readonly holds: 'when'; readonly when: Formula | undefined };

/** A rule on nodes of one kind: its formulas, with `let` names still in them. */
export interface RuleCase {
  readonly on: RuleKind;
  /** Only on these operators, where the document names them. */
  readonly ops: readonly OpName[] | undefined;
  readonly lets: Readonly<Record<string, Formula>>;
  /** By port (`gate`, `signal`, `a`, `b`); a single formula for every source is called `message`. */
  readonly messages: Readonly<Record<string, Formula>>;
  readonly leaks: Readonly<Record<string, Formula>>;
  readonly conservative: Claim | undefined;
  readonly positive: Claim | undefined;
  /** In place of formulas, for rules defined as functions. */
  readonly fragment?: Fragment;
}

export interface Parameter {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** A decoded rule document. */
export interface Rule {
  readonly name: string;
  readonly summary: string;
  readonly cite: readonly string[];
  readonly quantity: Quantity;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly cases: readonly RuleCase[];
}

type Collect = (pointer: string, problems: readonly Problem[]) => void;

const parameterOf = ({ default: value, minimum = -Infinity, maximum = Infinity }: ParameterDocument): Parameter => ({
  default: value,
  minimum,
  maximum,
});

/** The kind that a list of operators stands for, each with constant weights (`["Conv"]` is `weighted`). */
const kindOfOps = (ops: readonly string[], pointer: string, collect: Collect): RuleKind | undefined => {
  const found = new Set<Kind>();
  if (ops.length === 0) collect(`${pointer}/op`, [problem('', ruleSays.noOperators)]);
  ops.forEach((op, i) => {
    if (!Object.hasOwn(operators, op)) {
      collect(`${pointer}/op/${i}`, [problem('', ruleSays.unknownOperator(op, Object.keys(operators)))]);
      return;
    }
    const name = op as OpName;
    const inputs = operators[name].inputs.map((_, port) => (port === 0 ? 'x' : 'w'));
    found.add(kindOf({ name: 'y', op: name, inputs }, (input) => input === 'w'));
  });
  const kinds = [...found];
  if (kinds.length > 0 && kinds.every((kind) => appliesTo('affine', kind))) return 'affine';
  const [only] = kinds;
  if (kinds.length === 1 && (ruleKinds as readonly string[]).includes(only!)) return only as RuleKind;
  if (kinds.length > 0) collect(`${pointer}/op`, [problem('', ruleSays.opsOfSeveralKinds(ops, kinds))]);
  return undefined;
};

/** The first symbol of one source that a formula of the output takes outside of `total`. */
const sourceOutsideTotal = (expr: Expr, perSource: readonly string[]): string | undefined => {
  if (expr.kind === 'symbol') return perSource.includes(expr.name) ? expr.name : undefined;
  if (expr.kind === 'number' || expr.fn === 'total') return undefined;
  for (const arg of expr.args) {
    const found = sourceOutsideTotal(arg, perSource);
    if (found !== undefined) return found;
  }
  return undefined;
};

const decodeCase = (
  doc: CaseDocument,
  pointer: string,
  parameters: readonly string[],
  quantity: Quantity,
  collect: Collect,
): RuleCase | undefined => {
  const kind = typeof doc.on === 'string' ? doc.on : kindOfOps(doc.on.op, `${pointer}/on`, collect);
  if (kind === undefined) return undefined;
  const base = scopeOf(kind, quantity);
  const reserved = (name: string): boolean =>
    base.symbols.includes(name) || (base.functions as readonly string[]).includes(name);
  for (const name of parameters) {
    if (reserved(name)) collect(`/parameters/${name}`, [problem('', ruleSays.reservedName(name))]);
  }
  for (const name of Object.keys(doc.let ?? {})) {
    if (reserved(name)) collect(`${pointer}/let/${name}`, [problem('', ruleSays.reservedName(name))]);
    if (parameters.includes(name)) collect(`${pointer}/let/${name}`, [problem('', ruleSays.letNamedAsParameter(name))]);
  }
  const parse = (text: string, at: string, scope: Scope): Formula | undefined => {
    const parsed = parseFormula(text, scope);
    if (E.isRight(parsed)) return parsed.right;
    collect(pointer + at, parsed.left);
    return undefined;
  };

  const lets: Record<string, Formula> = {};
  const symbols = [...base.symbols, ...parameters];
  for (const [name, text] of Object.entries(doc.let ?? {})) {
    const formula = parse(text, `/let/${name}`, { ...base, symbols: [...symbols] });
    if (formula !== undefined) lets[name] = formula;
    symbols.push(name);
  }
  const scope = { ...base, symbols };
  const parseAll = (texts: Readonly<Record<string, string>>, at: string): Record<string, Formula> => {
    const formulas: Record<string, Formula> = {};
    for (const [name, text] of Object.entries(texts)) {
      const formula = parse(text, at === '' ? `/${name}` : `${at}/${name}`, scope);
      if (formula !== undefined) formulas[name] = formula;
    }
    return formulas;
  };

  const written = doc.messages ?? (doc.message === undefined ? {} : { message: doc.message });
  if ((doc.message === undefined) === (doc.messages === undefined))
    collect(pointer, [problem('', ruleSays.oneMessage)]);
  const ports = portSetsOf(kind);
  const names = Object.keys(written);
  if (!ports.some((set) => set.length === names.length && set.every((port) => names.includes(port)))) {
    collect(pointer, [problem('', ruleSays.wrongPorts(kind, names, ports))]);
  }
  if (doc.leaks === undefined && quantity === 'relevance') collect(pointer, [problem('', ruleSays.missingLeaks)]);

  const claim = (property: 'conservative' | 'positive'): Claim | undefined => {
    const written = doc.claims?.[property];
    if (written === undefined) return undefined;
    if (written === false) return { holds: 'never' };
    if (written.when === undefined) return { holds: 'when', when: undefined };
    return { holds: 'when', when: parse(written.when, `/claims/${property}/when`, scope) };
  };

  const messages = parseAll(written, doc.messages === undefined ? '' : '/messages');
  const leaks = parseAll(doc.leaks ?? {}, '/leaks');
  const wholeLets = letsWrittenOut(lets, {});
  for (const [name, { expr }] of Object.entries(leaks)) {
    const symbol = sourceOutsideTotal(substitute(expr, wholeLets), perSourceSymbolsOf(kind));
    if (symbol !== undefined) collect(`${pointer}/leaks/${name}`, [problem('', ruleSays.leakOfOneSource(symbol))]);
  }

  return {
    on: kind,
    ops: typeof doc.on === 'string' ? undefined : (doc.on.op as readonly OpName[]),
    lets,
    messages,
    leaks,
    conservative: claim('conservative'),
    positive: claim('positive'),
  };
};

const casesOf = (doc: RuleDocument, collect: Collect): readonly (readonly [CaseDocument, string])[] => {
  const { on, cases, let: lets, message, messages, leaks, claims } = doc;
  if ((on === undefined) === (cases === undefined)) {
    collect('', [problem('', ruleSays.onOrCases)]);
    return [];
  }
  if (cases?.length === 0) collect('/cases', [problem('', ruleSays.noCases)]);
  if (cases !== undefined) {
    const beside = Object.entries({ let: lets, message, messages, leaks, claims }).flatMap(([key, v]) =>
      v ? [key] : [],
    );
    if (beside.length > 0) collect('', [problem('', ruleSays.besideCases(beside))]);
    return cases.map((one, i) => [one, `/cases/${i}`] as const);
  }
  const inline = { let: lets, message, messages, leaks, claims };
  const given = Object.fromEntries(Object.entries(inline).filter(([, value]) => value !== undefined));
  return [[{ on: on!, ...given }, '']];
};

/** Decodes a rule document. Problems carry a JSON Pointer and, inside formulas, the column. */
export const decodeRule = (json: unknown): Result<Rule> => {
  const decoded = decodeDocument(ruleDocument, json);
  if (E.isLeft(decoded)) return decoded;
  const doc = decoded.right;
  const problems: Problem[] = [];
  const collect: Collect = (pointer, found) => addProblems(problems, within(pointer, found));

  const parameters: Record<string, Parameter> = {};
  for (const [name, written] of Object.entries(doc.parameters ?? {})) {
    const parameter = parameterOf(written);
    parameters[name] = parameter;
    const wrong = checkParameter(doc.rule, name, parameter.default, parameter);
    if (wrong !== undefined) collect(`/parameters/${name}/default`, [problem('', wrong)]);
  }
  const quantity = doc.quantity ?? 'relevance';
  const cases = casesOf(doc, collect)
    .map(([one, pointer]) => decodeCase(one, pointer, Object.keys(parameters), quantity, collect))
    .filter((one) => one !== undefined);
  if (problems.length > 0) return E.left(problems);
  return E.right({ name: doc.rule, summary: doc.summary, cite: doc.cite ?? [], quantity, parameters, cases });
};

/** What is wrong with a parameter's value, if anything. */
export const checkParameter = (
  rule: string,
  name: string,
  value: number,
  { minimum, maximum }: Parameter,
): string | undefined =>
  Number.isFinite(value) && value >= minimum && value <= maximum
    ? undefined
    : ruleSays.parameterOutOfBounds(rule, name, value, minimum, maximum);

/** The formulas of a case with its lets written out and its parameters replaced by numbers. */
export interface Instance {
  readonly messages: Readonly<Record<string, Expr>>;
  readonly leaks: Readonly<Record<string, Expr>>;
}

/** Lets, each without those before it, and what stands for parameters. */
const letsWrittenOut = (
  lets: Readonly<Record<string, Formula>>,
  parameters: Readonly<Record<string, Expr>>,
): Readonly<Record<string, Expr>> => {
  const bindings: Record<string, Expr> = { ...parameters };
  for (const [name, { expr }] of Object.entries(lets)) bindings[name] = substitute(expr, bindings);
  return bindings;
};

const instantiated = (ruleCase: RuleCase, parameters: Readonly<Record<string, number>>): Instance => {
  const numbers = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, fromNumber(value)]));
  const bindings = letsWrittenOut(ruleCase.lets, numbers);
  const all = (formulas: Readonly<Record<string, Formula>>): Record<string, Expr> =>
    Object.fromEntries(Object.entries(formulas).map(([name, { expr }]) => [name, substitute(expr, bindings)]));
  return { messages: all(ruleCase.messages), leaks: all(ruleCase.leaks) };
};

const instances = new WeakMap<RuleCase, Map<string, Instance>>();

/**
 * Replaces lets and parameters, so that what remains speaks of the node's own symbols alone. For equal parameters of a case it
 * is the same object.
 */
export const instantiate = (ruleCase: RuleCase, parameters: Readonly<Record<string, number>>): Instance => {
  const known = instances.get(ruleCase) ?? new Map<string, Instance>();
  instances.set(ruleCase, known);
  const key = Object.entries(parameters).flat().join(' ');
  const instance = known.get(key) ?? instantiated(ruleCase, parameters);
  known.set(key, instance);
  return instance;
};
