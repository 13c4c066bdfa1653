import { kindOf, operators, type OpName } from '@kirchhoff/graph';
import type { Backend } from '@kirchhoff/runtime';
import type { RelevanceOptions } from '@kirchhoff/relevance';
import { describe, expect, test } from 'vitest';
import { families } from '../src/search/affine.js';
import type { AffineNode } from '../src/search/bench.js';
import { affineRules, applies, judge, type AffineRule, type Judged } from './oracle.js';
import {
  book,
  difference,
  documentsIn,
  draws,
  explainRun,
  floats,
  greatest,
  planOf,
  rulesFolder,
  sizeOf,
  typedOf,
  type Draw,
  type Run,
} from '../../relevance/test/support.js';

const isAffine = (op: string): boolean => {
  if (!Object.hasOwn(operators, op)) return false;
  const inputs = operators[op as OpName].inputs.map((_, port) => (port === 0 ? 'x' : 'w'));
  return ['weighted', 'plain'].includes(kindOf({ name: 'y', op: op as OpName, inputs }, (name) => name === 'w'));
};

const rules = affineRules(documentsIn(rulesFolder), isAffine);

const parametersOf = (rule: AffineRule, draw: Draw): Record<string, number> =>
  Object.fromEntries(
    Object.entries(rule.parameters).map(([name, { default: usual, minimum = 0, maximum = minimum + 2 }]) => [
      name,
      draw.flag() ? usual : minimum + draw.pick([0, 0.25, 0.5, 1]) * (Math.min(maximum, minimum + 2) - minimum),
    ]),
  );

/** The largest |number| of a run that rounding is measured against. */
const scaleOf = ({ largest, received }: Judged, R: readonly number[]): number =>
  Math.max(1, greatest(R), largest, ...Object.values(received).map((list) => greatest(list)));

/**
 * What cancels inside a message that holds the bias: x*w and b are divided by the total one by one, and what is left
 * of them is smaller than they were.
 */
const cancelled = (
  rule: AffineRule,
  parameters: Readonly<Record<string, number>>,
  node: AffineNode,
  y: readonly number[],
): number => {
  if (!/\bb\b/.test(rule.message)) return 1;
  const least = Math.min(...Object.values(parameters).filter((value) => value > 0), 1);
  const sizes = node.wiring.meetings.map(({ connections, b }, o) => {
    const parts = connections.map(({ port, source, w }) => Math.abs(node.operands[port]!.x[source]! * w));
    return (parts.reduce((sum, part) => sum + part, 0) + Math.abs(b)) / (Math.abs(y[o]!) + least);
  });
  return Math.max(1, ...sizes);
};

const perSample = (values: readonly number[], samples: number): number[] =>
  Array.from({ length: samples }, (_, n) =>
    values.slice((n * values.length) / samples, ((n + 1) * values.length) / samples).reduce((sum, v) => sum + v, 0),
  );

/** Relevance, leaks and the node's ledger against what the formula says. */
const compare = (run: Run, node: AffineNode, judged: Judged, tolerance: number): string | undefined => {
  const { explanation, of, at } = run;
  const wrong = difference(of('y'), judged.y, tolerance);
  if (wrong) return `y: ${wrong}`;
  for (const [name, wanted] of Object.entries(judged.received)) {
    const apart = difference(at(name), wanted, tolerance);
    if (apart) return `relevance of ${name}: ${apart}`;
  }
  const entry = explanation.ledger.find((one) => one.node === 'y');
  if (entry === undefined) return undefined;
  const samples = of(entry.in).length;
  if (samples !== (node.batched ? node.wiring.shape[0] : 1)) return `${samples} samples in the ledger`;
  const room = tolerance * sizeOf(node.wiring.shape);
  const sent = entry.out === undefined ? Array<number>(samples).fill(0) : [...of(entry.out)];
  const open = [...of(entry.in)].map((received, n) => received - sent[n]!);
  for (const [cause, wanted] of Object.entries(judged.leaks)) {
    const found = entry.leaks[cause] === undefined ? Array<number>(samples).fill(0) : [...of(entry.leaks[cause])];
    const apart = difference(found, perSample(wanted, samples), room);
    if (apart) return `leak ${cause}: ${apart}`;
    found.forEach((leak, n) => (open[n]! -= leak));
  }
  const unknown = Object.keys(entry.leaks).filter((cause) => !Object.hasOwn(judged.leaks, cause));
  if (unknown.length > 0) return `undeclared causes ${unknown.join(', ')}`;
  const closed = difference(
    open,
    open.map(() => 0),
    room,
  );
  return closed && `in − out − Σ leaks: ${closed}`;
};

const tolerances: { readonly [Name in Backend['name']]: number } = { reference: 1e-9, ort: 1e-4 };

interface Way {
  readonly name: string;
  readonly on: Backend['name'];
  readonly options: Pick<RelevanceOptions, 'facts' | 'literal'>;
}

const ways: readonly Way[] = [
  { name: 'separated', on: 'reference', options: {} },
  { name: 'without facts', on: 'reference', options: { facts: false } },
  { name: 'connection by connection', on: 'reference', options: { literal: true } },
  { name: 'on onnxruntime', on: 'ort', options: {} },
];

/** Connection by connection, one sample must not reach another, and operands must be as deep as the output or reduced. */
const literalFits = ({ op, graph, operands, batched, wiring }: AffineNode): boolean => {
  if (op === 'Gemm' && graph.nodes.some(({ attrs }) => attrs?.['transA'] === 1)) return false;
  if ((op === 'Gemm' || op === 'MatMul') && wiring.shape.length === 2 && operands[1]) return false;
  if (op.startsWith('Reduce') && !batched) return false;
  return operands.every(
    (operand) =>
      operand === undefined ||
      (operand.shape[0] === wiring.shape[0] &&
        (batched || operand.shape[0] === 1) &&
        (operand.shape.length === wiring.shape.length || op.startsWith('Reduce'))),
  );
};

const hold = async (
  node: AffineNode,
  rule: AffineRule,
  parameters: Record<string, number>,
  R: readonly number[],
): Promise<readonly string[]> => {
  const typed = typedOf(node.graph);
  const composite = rule.gradient ? 'gradient' : 'standard';
  const entry = { match: { name: 'y' }, rule: rule.name, parameters, place: 'test' };
  const base = book.composites.get(composite)!;
  const rulebook = {
    ...book,
    composites: new Map([...book.composites, ['test', { ...base, name: 'test', rows: [entry, ...base.rows] }]]),
  };
  const plan = planOf(typed, 'test', {}, rulebook);
  const judged = judge(rule, parameters, node, R);
  const inputs = { ...node.inputs, target: floats(node.wiring.shape, R) };
  const names = Object.keys(judged.received);
  const found: string[] = [];
  for (const { name, on, options } of ways) {
    if (options.literal && !literalFits(node)) continue;
    const run = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' }, at: names, ...options }, on);
    const scale = scaleOf(judged, R) * cancelled(rule, parameters, node, judged.y);
    const wrong = compare(run, node, judged, tolerances[on] * scale);
    if (wrong) found.push(`${rule.name} ${JSON.stringify(parameters)} ${name}: ${wrong}`);
  }
  return found;
};

describe('message by message', () => {
  test('every rule for affine nodes is read', () => {
    expect(rules.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['alpha-beta', 'epsilon', 'flat', 'gamma', 'z-box', 'z-plus', 'zero']),
    );
  });

  test.each(Object.keys(families))('%s', async (family) => {
    let judgedRules = 0;
    await draws(2, async (draw) => {
      const node = families[family]!(draw);
      const R = draw.coarse(sizeOf(node.wiring.shape));
      for (const rule of rules.filter((one) => applies(one, node))) {
        const wrong = await hold(node, rule, parametersOf(rule, draw), R);
        if (wrong.length > 0) throw new Error(`${JSON.stringify(node.graph)}\n${wrong.join('\n')}`);
        judgedRules += 1;
      }
    });
    expect(judgedRules).toBeGreaterThan(0);
  });
});
