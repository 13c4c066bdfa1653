import { verifySays } from '@kirchhoff/message';
import type { Backend } from '@kirchhoff/runtime';
import { relevance } from '@kirchhoff/relevance';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { graphCounterexample, type Broken } from '../search/counterexample.js';
import { drawFrom, drawings } from '../search/drawing.js';
import { nodeMakers, type NodeCase } from '../search/node.js';
import { portsOf, type Judge, type Values } from '../search/point.js';
import { difference, explainOnce, greatest, planWith, typedOf } from '../search/run.js';
import { floats } from '../search/single.js';
import { fewParameters } from '../search/values.js';
import type { Finding, Law, Subject } from './law.js';
import { judged } from './refusal.js';
import { counterexampleOf } from './shrink.js';

/** Relative to the largest message of the node. */
const allowed: { readonly [Name in Backend['name']]: number } = { reference: 1e-9, ort: 1e-4 };

/** What the formula says each operand receives, message by message. */
interface Judged {
  readonly received: Readonly<Record<string, readonly number[]>>;
  readonly leaks: Values;
  readonly largest: number;
}

const judgeNode = (
  judge: Judge,
  { ruleCase }: Subject,
  node: NodeCase,
  R: readonly number[],
  parameters: Values,
): Judged => {
  const names = portsOf(ruleCase);
  const received = Object.fromEntries(
    Object.entries(node.operands).map(([name, count]) => [name, Array<number>(count).fill(0)]),
  );
  const leaks: Record<string, number> = {};
  let largest = greatest(R);
  for (const { output, sources, outputs, to } of node.occurrences) {
    const point =
      ruleCase.on === 'axis'
        ? { output, sources: sources.map((source, i) => ({ ...source, R: R[outputs[i]!]! })) }
        : { output: { ...output, R: R[outputs[0]!]! }, sources };
    const weighed = judge.weigh({ ...point, op: node.op, parameters });
    largest = Math.max(largest, weighed.scale);
    weighed.messages.forEach((message, i) => {
      const { operand, at } = to(Math.floor(i / names.length), names[i % names.length]!);
      received[operand]![at]! += message;
    });
    for (const [cause, value] of Object.entries(weighed.leaks)) leaks[cause] = (leaks[cause] ?? 0) + value;
  }
  return { received, leaks, largest };
};

/** The same node with every number of its sources nudged: what changes by much is beyond rounding. */
const nudged = (node: NodeCase): NodeCase => ({
  ...node,
  occurrences: node.occurrences.map(({ output, sources, ...rest }) => {
    const nudge = (values: Values, i: number): Values =>
      Object.fromEntries(Object.entries(values).map(([name, v]) => [name, v * (1 + ((i % 3) - 1) * 3e-7)]));
    const moved = sources.map(nudge);
    const { y } = output;
    const y2 = moved.reduce((total, { x = 0, w = 0 }) => total + x * w, 0) + (output['b'] ?? 0);
    return {
      ...rest,
      output: y === undefined || !('w' in (sources[0] ?? {})) ? output : { ...output, y: y2 },
      sources: moved,
    };
  }),
});

const compare = async (
  subject: Subject,
  judge: Judge,
  node: NodeCase,
  R: readonly number[],
  parameters: Values,
): Promise<Broken | undefined> => {
  const { book, rule, ruleCase } = subject;
  const typed = typedOf(node.graph);
  const plan = planWith(typed, book, rule, ruleCase, parameters, { name: 'y' });
  const wanted = judgeNode(judge, subject, node, R, parameters);
  const names = Object.keys(node.operands);
  const unsteady = (name: string, at: number): number => {
    if (
      node.exact &&
      !/\bb\b/.test(
        Object.values(ruleCase.messages)
          .map(({ text }) => text)
          .join(' '),
      )
    )
      return 0;
    return Math.abs(
      judgeNode(judge, subject, nudged(node), R, parameters).received[name]![at]! - wanted.received[name]![at]!,
    );
  };
  const options = { target: { kind: 'tensor' }, at: names } as const;
  const separable = E.isRight(relevance(typed, plan, options));
  for (const on of ['reference', 'ort'] as const) {
    const inputs = { ...node.inputs, target: floats(node.shape, R) };
    // Formulas that do not separate run on the reference backend alone, where the operands are laid out alike.
    const literal = on === 'reference' && ({ literal: 'inseparable' } as const);
    if (!separable && (on === 'ort' || E.isLeft(relevance(typed, plan, { ...options, ...literal })))) continue;
    const { explanation, of, at } = await explainOnce(typed, plan, inputs, options, on);
    const tolerance = allowed[on] * Math.max(1, wanted.largest);
    for (const name of names) {
      const off = difference(at(name), wanted.received[name]!, tolerance);
      if (off !== undefined && !(Math.abs(off.found - off.wanted) <= 10 * unsteady(name, off.at)))
        return {
          says: verifySays.apart(
            on,
            'oracle',
            `${name}[${off.at}] ${verifySays.figure(off.found)}, not ${verifySays.figure(off.wanted)}`,
          ),
          expected: off.wanted,
          got: off.found,
        };
    }
    const entry = explanation.ledger.find((one) => one.node === 'y');
    if (entry === undefined || !node.exact) continue;
    for (const [cause, leak] of Object.entries(wanted.leaks)) {
      const leaked = entry.leaks[cause] === undefined ? 0 : of(entry.leaks[cause]).reduce((sum, v) => sum + v, 0);
      if (!(Math.abs(leaked - leak) <= tolerance * R.length))
        return {
          says: verifySays.apart(
            on,
            'oracle',
            `leak "${cause}" ${verifySays.figure(leaked)}, not ${verifySays.figure(leak)}`,
          ),
          expected: leak,
          got: leaked,
        };
    }
  }
  return undefined;
};

/** What the text of a formula says, message by message, is what both backends compute. */
export const engines: Law = {
  name: 'engines',
  says: 'oracle = reference = onnxruntime, on random nodes',
  check: async (subject, effort): Promise<Finding | undefined> => {
    const { judge, rule, ruleCase } = subject;
    const makers = nodeMakers(ruleCase);
    if (judge === undefined || makers.length === 0) return undefined;
    const parameters = fewParameters(rule);
    const drawn = fc.record({
      family: fc.nat(makers.length - 1),
      drawing: drawings,
      set: fc.nat(parameters.length - 1),
    });
    const make = ({
      family,
      drawing,
      set,
    }: {
      family: number;
      drawing: Parameters<typeof drawFrom>[0];
      set: number;
    }) => {
      const draw = drawFrom(drawing);
      const node = makers[family]!(draw);
      return node && { node, R: draw.coarse(node.shape.reduce((n, d) => n * d, 1)), parameters: parameters[set]! };
    };
    const judgeDrawn = async (one: Exclude<ReturnType<typeof make>, undefined>): Promise<Broken | undefined> => {
      return judged(() => compare(subject, judge, one.node, one.R, one.parameters));
    };
    const runs = Math.max(6, Math.round(effort.cases / 8));
    let cases = 0;
    const found = await counterexampleOf(
      fc.asyncProperty(drawn, async (values) => {
        const one = make(values);
        fc.pre(one !== undefined);
        cases += 1;
        return (await judgeDrawn(one)) === undefined;
      }),
      { seed: effort.seed, numRuns: runs, maxSkipsPerRun: 1000 },
    );
    if (found === undefined) return { verdict: 'tested', evidence: verifySays.tested(cases), cases };
    const one = make(found[0])!;
    const broken = (await judgeDrawn(one))!;
    const inputs = { ...one.node.inputs, target: floats(one.node.shape, one.R) };
    const example = { graph: one.node.graph, inputs };
    const stored = graphCounterexample(subject, 'engines', effort.seed, example, one.parameters, broken);
    return { verdict: 'refuted', evidence: broken.says, cases, counterexample: stored };
  },
};
