import { option } from './option.js';
import { didYouMean, show } from './nearest.js';

const list = (words: readonly string[]): string => words.join(', ');

export const unknownOperator = (op: string, allowed: readonly string[]): string =>
  `unknown operator "${op}"${didYouMean(op, allowed)}`;

export const opsOfSeveralKinds = (ops: readonly string[], kinds: readonly string[]): string =>
  `${list(ops)} are nodes of several kinds (${list(kinds)}) or of one that carries no rule; name operators of one kind, or write "cases"`;

export const reservedName = (name: string): string =>
  `"${name}" is a symbol or function of the rule language; give the parameter or let another name`;

export const letNamedAsParameter = (name: string): string =>
  `"${name}" is a parameter of the rule, too; rename one of them`;

export const noOperators = '"op" is empty; name the operators that the rule is for, or give "on" a kind of node';

export const noCases = '"cases" is empty; write at least one, with "on" and its formulas';

export const oneMessage =
  'a rule has either "message" (one formula for every source) or "messages" (one for each port)';

export const wrongPorts = (kind: string, names: readonly string[], sets: readonly (readonly string[])[]): string =>
  `on ${kind} nodes the messages are ${sets.map((set) => set.map((port) => `"${port}"`).join(' and ')).join(', or ')}; found ${names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(' and ')}`;

export const leakOfOneSource = (symbol: string): string =>
  `a leak belongs to the output, but "${symbol}" differs from source to source; put it into total(…)`;

export const missingLeaks =
  '"leaks" is missing: say by cause what relevance does not arrive (R minus all messages), or {} if none';

export const onOrCases = 'a rule has either "on" with its formulas, or "cases", a list of such';

export const parameterOutOfBounds = (
  rule: string,
  name: string,
  value: number,
  minimum: number,
  maximum: number,
): string =>
  `rule "${rule}": parameter ${name} = ${value} is out of bounds; allowed: ${Number.isFinite(minimum) ? minimum : '-∞'} to ${Number.isFinite(maximum) ? maximum : '∞'}`;

export const unknownParameter = (rule: string, name: string, allowed: readonly string[]): string =>
  allowed.length === 0
    ? `rule "${rule}" has no parameter "${name}": it has none`
    : `rule "${rule}" has no parameter "${name}"${didYouMean(name, allowed)}; it has ${list(allowed)}`;

export const unknownRule = (name: string, allowed: readonly string[]): string =>
  `unknown rule "${name}"${didYouMean(name, allowed)}; there are: ${list([...allowed].sort())}`;

export const unknownComposite = (name: string, allowed: readonly string[]): string =>
  `unknown composite "${name}"${didYouMean(name, allowed)}; there are: ${list([...allowed].sort())}`;

export const includeCycle = (names: readonly string[]): string =>
  `composites include one another in a circle: ${names.join(' → ')}`;

export const unknownKind = (kind: string, allowed: readonly string[]): string =>
  `unknown kind ${show(kind)}${didYouMean(kind, allowed)}; there are: ${list(allowed)}`;

export const ruleDoesNotApply = (
  rule: string,
  on: readonly string[],
  entry: string,
  op: string,
  kind: string,
): string =>
  `${entry} puts rule "${rule}" (on ${list(on)}) on ${op}, which is ${kind}; narrow its match or name another rule`;

export const noRule = (op: string, kind: string, composite: string, candidates: readonly string[]): string =>
  `no rule: ${op} (${kind}) is matched by no entry of composite "${composite}"; ${
    candidates.length === 0
      ? `there is no rule for ${kind} nodes yet: write one ("on": "${kind}") and add an entry for it`
      : `add an entry with one of: ${list(candidates)}`
  }`;

export const noCrossing = (op: string): string =>
  `${op} of computed operands (other) stands between the input and the output, and relevance cannot cross it yet, whatever the rule; write the model without it, or explain an output before it`;

export const noUse = (name: string, composite: string, settable: readonly string[]): string =>
  `no rule that composite "${composite}" puts on this graph has a parameter "${name}"${didYouMean(name, settable)}; ${settable.length === 0 ? 'they have none' : `they have ${list(settable)}`}`;

export const mixedQuantities = (relevance: readonly string[], gradient: readonly string[]): string =>
  `rules that hand on relevance (${list(relevance)}) and rules that hand on gradients (${list(gradient)}) cannot be mixed in one plan; a gradient is asked for by a composite, such as ${option('composite')} gradient`;

export const duplicateName = (what: string, name: string, first: string): string =>
  `${what} "${name}" is already defined by ${first}`;

export const ambiguousGate = (op: string): string =>
  `${op}: which operand is the gate? neither or both are bounded to [0, 1], or made by an activation; write "roles": { "gate": 0, "signal": 1 } on the node`;

export const undecidedGates = (
  nodes: readonly { readonly node: string; readonly op: string; readonly rule: string }[],
): string => {
  const shown = nodes.slice(0, 4).map(({ node, op, rule }) => `${node} (${op}): ${rule}`);
  const more = nodes.length > shown.length ? ` and ${nodes.length - shown.length} more` : '';
  return `which operand is the gate is not known: ${list(shown)}${more}; "roles" on the node say it`;
};

export const besideCases = (keys: readonly string[]): string =>
  `${keys.map((key) => `"${key}"`).join(', ')} beside "cases" would be ignored; write ${keys.length === 1 ? 'it' : 'them'} into the cases`;
