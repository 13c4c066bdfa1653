import { cutBatch } from '@kirchhoff/explain';
import { sizeOf, toNumbers, type TypedGraph } from '@kirchhoff/graph';
import { verifySays } from '@kirchhoff/message';
import { canonize } from '@kirchhoff/rewrite';
import type { Plan, Rule, RuleCase } from '@kirchhoff/rule';
import * as fc from 'fast-check';
import { anatomyOf } from '../search/anatomy.js';
import { drawAttention } from '../search/attention.js';
import { graphCounterexample, type Broken } from '../search/counterexample.js';
import { drawFrom, drawings, type Draw, type Drawing } from '../search/drawing.js';
import { drawNetwork } from '../search/network.js';
import type { Values } from '../search/point.js';
import { drawRecurrent } from '../search/recurrent.js';
import {
  difference,
  explainOnce,
  granted,
  greatest,
  onTrial,
  planWith,
  typedOf,
  type Run,
  type Tensors,
} from '../search/run.js';
import type { Network } from '../search/sketch.js';
import { fewParameters } from '../search/values.js';
import { closureOf } from './closure.js';
import type { Effort, Finding, Law, Subject } from './law.js';
import { judged } from './refusal.js';
import { counterexampleOf } from './shrink.js';

type Maker = (draw: Draw) => Network;

/** Which random networks have nodes for a case of a rule. */
const makersFor = (ruleCase: RuleCase, quantity: Rule['quantity']): readonly Maker[] => {
  const { on, ops } = ruleCase;
  switch (on) {
    case 'affine':
    case 'weighted':
    case 'plain':
      return ops !== undefined || Object.hasOwn(anatomyOf(ruleCase).source, 'low')
        ? [drawNetwork]
        : [drawNetwork, drawRecurrent];
    case 'elementwise':
      return [drawNetwork, drawRecurrent];
    case 'maximum':
      return [drawNetwork];
    case 'product':
      return [drawRecurrent];
    case 'quotient':
      return [];
    case 'contraction':
    case 'axis':
      return [(draw) => drawAttention(draw, quantity === 'relevance')];
    case 'other':
      return [];
  }
};

const target = { kind: 'index', index: 0 } as const;
const rounding = 1e-9;

/** A rule at work on a random network. */
interface Work {
  readonly network: Network;
  readonly typed: TypedGraph;
  readonly plan: Plan;
  readonly parameters: Values;
}

/** The largest number that passed. */
const passed = ({ explanation, of, at }: Run): number =>
  greatest(
    ...explanation.ledger.map(({ magnitude }) => of(magnitude)),
    ...Object.keys(explanation.relevance).map(at),
    of(explanation.output),
  );

/** Where the relevance of an input differs between two runs by more than rounding. */
const compareMaps = (
  one: Run,
  other: Run,
  names: readonly [string, string],
  mapped: (name: string, map: Float64Array) => ArrayLike<number>,
): Broken | undefined => {
  const tolerance = rounding * Math.max(1, passed(one), passed(other));
  for (const name of Object.keys(one.explanation.relevance)) {
    const off = difference(one.at(name), mapped(name, other.at(name)), tolerance);
    if (off !== undefined)
      return {
        says: verifySays.apart(
          ...names,
          `${name}[${off.at}] ${verifySays.figure(off.found)}, not ${verifySays.figure(off.wanted)}`,
        ),
        expected: off.wanted,
        got: off.found,
      };
  }
  return undefined;
};

/** Something that holds of every rule on every network. */
interface Aspect {
  readonly name: string;
  readonly says: string;
  readonly broken: (work: Work, base: Run) => Promise<Broken | undefined>;
}

const closes: Aspect = {
  name: 'network',
  says: 'seed = Σ inputs + Σ leaks over whole random networks, and at each of their nodes',
  broken: async (_, base) => {
    if (base.explanation.quantity === 'gradient') return undefined;
    const closure = closureOf(base);
    return closure <= rounding
      ? undefined
      : { says: verifySays.closureOf(closure, rounding), expected: 0, got: closure };
  },
};

const facts: Aspect = {
  name: 'facts',
  says: 'known bounds change what an explanation costs, not what it says',
  broken: async ({ typed, plan, network }, base) =>
    compareMaps(
      base,
      await explainOnce(typed, plan, network.inputs, { target, facts: false }),
      ['with facts', 'without'],
      (_, map) => map,
    ),
};

const batch: Aspect = {
  name: 'batch',
  says: 'a sample is explained alone as it is among others',
  broken: async ({ typed, plan, network }, base) => {
    const { inputs, batchAxis } = network;
    const axes = Object.entries(inputs).map(([name, one]) => [name, one, batchAxis(name)] as const);
    const count = Math.min(...axes.map(([, { shape }, axis]) => shape[axis] ?? 1));
    if (count < 2) return undefined;
    const last = count - 1;
    const alone: Tensors = Object.fromEntries(
      axes.map(([name, one, axis]) => [name, cutBatch(one, axis, last, count)]),
    );
    const run = await explainOnce(typed, plan, alone, { target });
    return compareMaps(run, base, ['alone', 'in a batch'], (name, map) =>
      toNumbers(cutBatch({ ...inputs[name]!, type: 'float64', data: map }, batchAxis(name), last, count).data),
    );
  },
};

const permuted: Aspect = {
  name: 'permuted',
  says: 'sources in another order receive the same',
  broken: async ({ network, plan }, base) => {
    const { reversed } = network;
    const turned = granted(canonize(typedOf(reversed.graph))).typed;
    const run = await explainOnce(turned, plan, reversed.inputs, { target });
    return compareMaps(run, base, ['reversed', 'in order'], (name, map) => {
      if (name !== reversed.input) return map;
      const { shape } = network.inputs[name]!;
      const inner = sizeOf(shape.slice(reversed.axis + 1));
      const count = shape[reversed.axis]!;
      return map.map((_, i) => map[i + (count - 1 - 2 * (Math.floor(i / inner) % count)) * inner]!);
    });
  },
};

const aspects: readonly Aspect[] = [closes, facts, batch, permuted];

interface Drawn {
  readonly maker: number;
  readonly set: number;
  readonly drawing: Drawing;
}

/** Undefined where the network has no node for the rule. */
const workOn = (
  subject: Subject,
  makers: readonly Maker[],
  sets: readonly Values[],
  drawn: Drawn,
): Work | undefined => {
  const { book, rule, ruleCase } = subject;
  const network = makers[drawn.maker]!(drawFrom(drawn.drawing));
  const { typed } = granted(canonize(typedOf(network.graph)));
  const parameters = sets[drawn.set]!;
  const plan = planWith(typed, book, rule, ruleCase, parameters);
  const governs = [...plan.assignments.values()].some((one) => one.rule.name === onTrial);
  return governs ? { network, typed, plan, parameters } : undefined;
};

const explainWork = ({ typed, plan, network }: Work): Promise<Run> =>
  explainOnce(typed, plan, network.inputs, { target });

/** What is told of a network on which an aspect is broken. */
const refuted = (
  subject: Subject,
  effort: Effort,
  aspect: Aspect,
  work: Work,
  broken: Broken,
  cases: number,
): Finding => {
  const { network, parameters } = work;
  const nodes = network.graph.nodes.map(({ op }) => op).join(', ');
  return {
    verdict: 'refuted',
    evidence: `${nodes}: ${broken.says}`,
    cases,
    counterexample: graphCounterexample(subject, aspect.name, effort.seed, network, parameters, broken),
  };
};

/** Networks without a node for the rule, drawn for each that has one, before it is given up. */
const mostSkips = 20;

/** Draws the same networks again until the aspect is broken, and makes the one on which it is smaller. */
const shrink = async (
  effort: Effort,
  runs: number,
  aspect: Aspect,
  arbitrary: fc.Arbitrary<Drawn>,
  make: (drawn: Drawn) => Work | undefined,
): Promise<readonly [Work, Broken] | undefined> => {
  const failure = (drawn: Drawn): Promise<Broken | undefined> =>
    judged(async () => {
      const work = make(drawn);
      fc.pre(work !== undefined);
      return aspect.broken(work, await explainWork(work));
    });
  const smallest = await counterexampleOf(
    fc.asyncProperty(arbitrary, async (drawn) => (await failure(drawn)) === undefined),
    { seed: effort.seed, numRuns: runs, maxSkipsPerRun: mostSkips },
  );
  const drawn = smallest?.[0];
  const work = drawn && make(drawn);
  const broken = drawn && (await failure(drawn));
  return work && broken && [work, broken];
};

const findAll = async (subject: Subject, effort: Effort): Promise<ReadonlyMap<string, Finding>> => {
  const { rule, ruleCase } = subject;
  const makers = makersFor(ruleCase, rule.quantity);
  if (makers.length === 0) return new Map();
  const sets = fewParameters(rule);
  const arbitrary = fc.record({ maker: fc.nat(makers.length - 1), set: fc.nat(sets.length - 1), drawing: drawings });
  const make = (drawn: Drawn): Work | undefined => workOn(subject, makers, sets, drawn);
  const runs = Math.max(4, Math.round(effort.cases / 12));
  const broken = new Map<Aspect, readonly [Work, Broken]>();
  let unexplained: Broken | undefined;
  let cases = 0;
  // The cases that fc.check draws from this seed, each looked at once for all aspects.
  await fc.check(
    fc.asyncProperty(arbitrary, async (drawn) => {
      const thrown = await judged(async () => {
        const work = make(drawn);
        fc.pre(work !== undefined);
        cases += 1;
        const base = await judged(() => explainWork(work));
        for (const aspect of aspects) {
          const found = 'says' in base ? base : await judged(() => aspect.broken(work, base));
          if (found !== undefined && !broken.has(aspect)) broken.set(aspect, [work, found]);
          if ('says' in base) break;
        }
        return undefined;
      });
      unexplained ??= thrown;
    }),
    { seed: effort.seed, numRuns: runs, maxSkipsPerRun: mostSkips },
  );
  const found = new Map<string, Finding>();
  if (unexplained !== undefined) found.set(closes.name, { verdict: 'refuted', evidence: unexplained.says, cases });
  for (const aspect of aspects.filter(({ name }) => !found.has(name))) {
    const first = broken.get(aspect);
    if (first !== undefined) {
      const [work, what] = (await shrink(effort, runs, aspect, arbitrary, make)) ?? first;
      found.set(aspect.name, refuted(subject, effort, aspect, work, what, cases));
    } else if (cases === 0) found.set(aspect.name, { verdict: 'silent', evidence: verifySays.nowhere, cases });
    else if (aspect === closes && rule.quantity === 'gradient')
      found.set(aspect.name, { verdict: 'silent', evidence: verifySays.gradientKeepsNone, cases });
    else found.set(aspect.name, { verdict: 'tested', evidence: verifySays.tested(cases), cases });
  }
  return found;
};

const done = new WeakMap<Subject, Promise<ReadonlyMap<string, Finding>>>();

/** All aspects are looked at on the same networks, once for each subject. */
const onNetworks = (subject: Subject, effort: Effort): Promise<ReadonlyMap<string, Finding>> => {
  const known = done.get(subject) ?? findAll(subject, effort);
  done.set(subject, known);
  return known;
};

/** The laws that hold of every rule on whole random networks. */
export const networkLaws: readonly Law[] = aspects.map(({ name, says }) => ({
  name,
  says,
  check: async (subject, effort) => (await onNetworks(subject, effort)).get(name),
}));
