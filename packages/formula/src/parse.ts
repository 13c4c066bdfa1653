import { formulaSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { MathNode } from 'mathjs';
import { checkTokens } from './check.js';
import { fractionOfText } from './exact.js';
import { apply, num, operatorNames, sym, zero, type CallName, type Expr, type OperatorName } from './expr.js';
import { arityOf } from './functions.js';
import { isWordOperator, lex, type Token } from './lex.js';
import { math } from './math.js';

/** A formula of the dialect: its text as written and its tree. */
export interface Formula {
  readonly text: string;
  readonly expr: Expr;
}

/** What a formula may use where it stands: symbols by name, and functions. Operators are always allowed. */
export interface Scope {
  readonly symbols: readonly string[];
  readonly functions: readonly CallName[];
}

const isOperatorName = (fn: string): fn is OperatorName => (operatorNames as readonly string[]).includes(fn);

/** mathjs's tree as ours. Numbers and calls come in the order of the text, so tokens lend their text and columns. */
const converter = (tokens: readonly Token[], problems: Problem[]): ((node: MathNode) => Expr) => {
  const numbers = tokens.filter((t) => t.kind === 'number').values();
  const calls = tokens
    .filter((t, i) => t.kind === 'name' && !isWordOperator(t) && tokens[i + 1]?.text === '(')
    .values();
  const refused = (what: string): Expr => {
    problems.push(problem('', formulaSays.constructNotAllowed(what)));
    return zero;
  };
  const operator = (fn: string, nodes: readonly MathNode[]): Expr => {
    const args = nodes.map(convert);
    const [a, b] = args;
    if (fn === 'unaryPlus') return a ?? zero;
    if (!isOperatorName(fn)) return refused(`the operator ${fn}`);
    if (fn === 'unaryMinus' && a?.kind === 'number' && math.isConstantNode(nodes[0])) return num(a.value.neg());
    if (fn === 'divide' && a?.kind === 'number' && b?.kind === 'number' && b.value.n !== 0n) {
      const written = !math.isParenthesisNode(nodes[0]) && math.isConstantNode(nodes[1]) && isLiteral(nodes[0]!);
      if (written) return num(a.value.div(b.value));
    }
    return apply(fn, ...args);
  };
  const call = (nodes: readonly MathNode[]): Expr => {
    const token = calls.next().value;
    const name = token?.text as CallName;
    const { least, most } = arityOf[name];
    if (nodes.length < least || nodes.length > most)
      problems.push(problem(`column ${token?.column}`, formulaSays.wrongArity(name, nodes.length, least, most)));
    return apply(name, ...nodes.map(convert));
  };
  const convert = (node: MathNode): Expr => {
    if (math.isParenthesisNode(node)) return convert(node.content);
    if (math.isConstantNode(node) && typeof node.value === 'number')
      return num(fractionOfText(numbers.next().value?.text ?? String(node.value)));
    if (math.isSymbolNode(node)) return sym(node.name);
    if (math.isOperatorNode(node) && !node.implicit) return operator(node.fn, node.args);
    if (math.isFunctionNode(node) && math.isSymbolNode(node.fn)) return call(node.args);
    return refused(`a ${node.type}`);
  };
  return convert;
};

const isLiteral = (node: MathNode): boolean =>
  math.isConstantNode(node) ||
  (math.isOperatorNode(node) && node.fn === 'unaryMinus' && math.isConstantNode(node.args[0]));

const syntaxProblem = (error: unknown): Problem => {
  const reason = error instanceof Error ? error.message.replace(/ \(char \d+\)$/, '') : String(error);
  const place = error instanceof Error && 'char' in error ? `column ${String(error.char)}` : '';
  return problem(place, formulaSays.syntaxError(reason));
};

/**
 * Reads a formula of the rule dialect.
 * Every unknown name, missing operator, chained comparison and wrong number of arguments is reported, each `at` its
 * 1-based `column n`. Number literals are exact. What the scope does not list does not exist.
 */
export const parseFormula = (text: string, scope: Scope): Result<Formula> => {
  const lexed = lex(text);
  const found = lexed.problem === undefined ? [] : [lexed.problem];
  const problems: Problem[] =
    lexed.tokens.length === 0 && found.length > 0 ? found : [...checkTokens(lexed.tokens, scope), ...found];
  if (problems.length > 0) return E.left(problems);
  const tree = E.tryCatch(() => math.parse(text), syntaxProblem);
  if (E.isLeft(tree)) return E.left([tree.left]);
  const expr = converter(lexed.tokens, problems)(tree.right);
  return problems.length > 0 ? E.left(problems) : E.right({ text, expr });
};
