import { derivative, evaluateExpr, parseFormula, scalarFunctions, type Expr } from '@kirchhoff/formula';
import { attributesOf, formulaOf, type OpName } from '@kirchhoff/graph';
import type { RuleCase, RuleKind } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import type { Point, Values } from './point.js';

/** The free numbers of a node: what has to be chosen before everything else follows. */
export interface Anatomy {
  readonly ops: readonly OpName[];
  /** How many sources there may be; none where a window lies in the padding alone. */
  readonly sources: { readonly least: number; readonly most: number };
  /** Free numbers of each source, and of the output, with small values for each: the simplest first. */
  readonly source: Readonly<Record<string, readonly number[]>>;
  readonly output: Readonly<Record<string, readonly number[]>>;
  /** Adds what follows: `y`, `winner`, `dydx`. Undefined where no node has such numbers. */
  readonly complete: (op: OpName, output: Values, sources: readonly Values[]) => Omit<Point, 'parameters'> | undefined;
}

/** Small round numbers, the simplest first. */
export const small: readonly number[] = [1, -1, 0, 2, -2, 0.5, -0.5];

const R: readonly number[] = [1, -1];
const several = { least: 1, most: 5 } as const;
const single = { least: 1, most: 1 } as const;
const none = { least: 0, most: 0 } as const;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Whether a formula or a claim of a case speaks of `word`. */
export const mentions = (ruleCase: RuleCase, word: string): boolean => {
  const { lets, messages, leaks, conservative, positive } = ruleCase;
  const conditions = [conservative, positive].flatMap((claim) =>
    claim?.holds === 'when' && claim.when !== undefined ? [claim.when.text] : [],
  );
  const texts = [lets, messages, leaks].flatMap((formulas) => Object.values(formulas).map(({ text }) => text));
  return [...texts, ...conditions].some((text) => new RegExp(`\\b${word}\\b`).test(text));
};

const binary: ReadonlySet<string> = new Set(['Add', 'Sub']);

/** An operator of two operands has two sources, or one and a constant. */
const tooMany = (op: OpName, output: Values, sources: readonly Values[]): boolean =>
  binary.has(op) && sources.length + (output['b'] === 0 ? 0 : 1) > 2;

const affine = (ruleCase: RuleCase, ops: readonly OpName[], w: readonly number[], least = 0): Anatomy => {
  const bounded = mentions(ruleCase, 'low') || mentions(ruleCase, 'high');
  return {
    ops,
    sources: { ...several, least },
    source: { x: small, w, ...(bounded && { low: [-1, 0, -2], high: [1, 0, 2] }) },
    output: { b: [0, 1, -1, 2, -2], R },
    complete: (op, output, sources) =>
      sources.some(({ low = 0, high = 0 }) => low > high) || tooMany(op, output, sources)
        ? undefined
        : { op, output: { ...output, y: sum(sources.map(({ x = 0, w = 0 }) => x * w)) + (output['b'] ?? 0) }, sources },
  };
};

/** The weights that a plain operator can have at its sources. */
const plainWeights: Partial<{ readonly [Op in OpName]: readonly number[] }> = { Sub: [-1], Neg: [-1] };

const byRole = (ruleCase: RuleCase): boolean => Object.hasOwn(ruleCase.messages, 'gate');

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

const quotient = (): Anatomy => ({
  ops: ['Mul'],
  sources: none,
  source: {},
  output: { scale: small, signal: small, R },
  complete: (op, output, sources) => ({
    op,
    output: { ...output, y: (output['scale'] ?? 0) * (output['signal'] ?? 0) },
    sources,
  }),
});

const product = (ruleCase: RuleCase): Anatomy =>
  byRole(ruleCase)
    ? {
        ops: ['Mul'],
        sources: none,
        source: {},
        output: { gate_pre: small, signal_pre: small, R },
        complete: (op, output, sources) => {
          const [gate, signal] = [sigmoid(output['gate_pre'] ?? 0), Math.tanh(output['signal_pre'] ?? 0)];
          return { op, output: { ...output, gate, signal, y: gate * signal }, sources };
        },
      }
    : {
        ops: ['Mul'],
        sources: none,
        source: {},
        output: { a: small, b: small, R },
        complete: (op, output, sources) => ({
          op,
          output: { ...output, y: (output['a'] ?? 0) * (output['b'] ?? 0) },
          sources,
        }),
      };

const contraction = (ruleCase: RuleCase): Anatomy => {
  const [first, second] = byRole(ruleCase) ? ['gate', 'signal'] : ['a', 'b'];
  return {
    ops: ['MatMul'],
    sources: several,
    source: { [first]: byRole(ruleCase) ? [1, 0, 0.5] : small, [second]: small },
    output: { R },
    complete: (op, output, sources) =>
      sources.some((source) => byRole(ruleCase) && (source[first]! < 0 || source[first]! > 1))
        ? undefined
        : { op, output: { ...output, y: sum(sources.map((source) => source[first]! * source[second]!)) }, sources },
  };
};

/** The operator's own formula and derivative, where it has one operand and no other. */
const scalarOf = (op: OpName): { readonly y: Expr; readonly dydx: Expr } | undefined => {
  const attrs = attributesOf({ op });
  const row = formulaOf(op, attrs);
  if (row === undefined) return undefined;
  const numbers = Object.keys(attrs).filter((name) => typeof attrs[name] === 'number' && name !== 'y');
  const scope = { symbols: ['x', 'y', ...numbers], functions: scalarFunctions };
  const y = parseFormula(row.formula, scope);
  if (E.isLeft(y)) return undefined;
  const written = row.derivative === undefined ? undefined : parseFormula(row.derivative, scope);
  return { y: y.right.expr, dydx: written && E.isRight(written) ? written.right.expr : derivative(y.right.expr, 'x') };
};

const elementwise = ({ ops }: RuleCase): Anatomy => {
  const scalars = new Map((ops ?? (['Relu', 'Tanh'] as const)).map((op) => [op, scalarOf(op)] as const));
  return {
    ops: [...scalars.keys()].filter((op) => scalars.get(op) !== undefined),
    sources: single,
    source: { x: small },
    output: { R },
    complete: (op, output, sources) => {
      const scalar = scalars.get(op)!;
      const attrs = attributesOf({ op });
      const scope = Object.fromEntries(
        Object.entries(attrs).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
      );
      const { x = 0 } = sources[0] ?? {};
      const y = evaluateExpr(scalar.y, { ...scope, x });
      const dydx = evaluateExpr(scalar.dydx, { ...scope, x, y });
      return Number.isFinite(y) && Number.isFinite(dydx)
        ? { op, output: { ...output, y }, sources: [{ x, dydx }] }
        : undefined;
    },
  };
};

const maximum = ({ ops }: RuleCase): Anatomy => ({
  ops: ops ?? ['MaxPool'],
  sources: several,
  source: { x: small },
  output: { R },
  complete: (op, output, sources) => {
    const values = sources.map(({ x = 0 }) => x);
    const y = Math.max(...values);
    const first = values.indexOf(y);
    return {
      op,
      output: { ...output, y },
      sources: sources.map((one, i) => ({ ...one, winner: Number(i === first) })),
    };
  },
});

/** What an operator along an axis makes of its elements. */
const alongAxis: Partial<{ readonly [Op in OpName]: (x: readonly number[]) => readonly number[] }> = {
  Softmax: (x) => {
    const powers = x.map((v) => Math.exp(v - Math.max(...x)));
    return powers.map((power) => power / sum(powers));
  },
  LogSoftmax: (x) => {
    const top = Math.max(...x);
    const log = Math.log(sum(x.map((v) => Math.exp(v - top)))) + top;
    return x.map((v) => v - log);
  },
  LayerNormalization: (x) => {
    const mean = sum(x) / x.length;
    const deviation = Math.sqrt(sum(x.map((v) => (v - mean) ** 2)) / x.length + 1e-5);
    return x.map((v) => (v - mean) / deviation);
  },
};

const axis = ({ ops }: RuleCase): Anatomy => ({
  ops: (ops ?? ['Softmax', 'LayerNormalization']).filter((op) => alongAxis[op] !== undefined),
  sources: several,
  source: { x: small, R },
  output: {},
  complete: (op, output, sources) => {
    const y = alongAxis[op]!(sources.map(({ x = 0 }) => x));
    return { op, output, sources: sources.map((one, i) => ({ ...one, y: y[i]! })) };
  },
});

const other = (): Anatomy => ({
  ops: ['Div'],
  sources: none,
  source: {},
  output: { a: small, b: small, R },
  complete: (op, output, sources) =>
    output['b'] === 0 ? undefined : { op, output: { ...output, y: output['a']! / output['b']! }, sources },
});

const ofKind: { readonly [K in RuleKind]: (ruleCase: RuleCase) => Anatomy } = {
  affine: (ruleCase) => {
    const [only] = ruleCase.ops ?? [];
    const plain = only !== undefined && !['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(only);
    return plain ? affine(ruleCase, [only], plainWeights[only] ?? [1], 1) : affine(ruleCase, [only ?? 'Gemm'], small);
  },
  weighted: (ruleCase) => affine(ruleCase, ['Gemm'], small),
  plain: (ruleCase) => affine(ruleCase, ['Sum'], [1], 1),
  product,
  quotient,
  contraction,
  elementwise,
  maximum,
  axis,
  other,
};

/** What nodes of the case's kind are made of, in numbers. */
export const anatomyOf = (ruleCase: RuleCase): Anatomy => ofKind[ruleCase.on](ruleCase);
