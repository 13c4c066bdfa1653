import { readdirSync } from 'node:fs';
import type { Rule, RuleCase } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { proofsOf } from '../src/proof/index.js';
import { anatomyOf } from '../src/search/anatomy.js';
import { judgeOf, type Point, type Values, type Weighed } from '../src/search/point.js';
import { smallPoints } from '../src/search/values.js';
import { draftsOf, mutantOf, type Draft } from './mutants.js';
import { randomFrom, type Random } from './random.js';
import { json, root } from './rulebook.js';

const drafts: readonly Draft[] = readdirSync(`${root}rules`)
  .filter((name) => name.endsWith('.json'))
  .map((name) => json(`rules/${name}`) as Draft)
  .filter(({ quantity }) => quantity !== 'gradient')
  .flatMap(draftsOf);

/** Sums and products of these are exact in float64: what is equal on paper is equal there. */
const exact = [0, 0, 1, -1, 1, 2, -2, 0.5, -0.5, 0.25, 3, -4] as const;

/** Small nodes, and larger ones full of zeros and ties. */
function* nodesOf(rule: Rule, ruleCase: RuleCase, random: Random, most: number): Generator<Point> {
  const few = [...smallPoints(rule, ruleCase)];
  for (let i = random.below(Math.ceil(few.length / most)); i < few.length; i += Math.ceil(few.length / most))
    yield few[i]!;
  const { ops, source, output, sources, complete } = anatomyOf(ruleCase);
  const some = (fields: Readonly<Record<string, readonly number[]>>): Values =>
    Object.fromEntries(
      Object.entries(fields).map(([name, usual]) => [
        name,
        usual.length > 1 && random.chance(0.5) ? random.pick(exact) : random.pick(usual),
      ]),
    );
  for (let i = 0; i < most; i += 1) {
    const count = sources.least + random.below(sources.most - sources.least + 1);
    const node = complete(
      random.pick(ops),
      some(output),
      Array.from({ length: count }, () => some(source)),
    );
    const parameters = Object.entries(rule.parameters).map(([name, { default: usual, minimum, maximum }]) => {
      const values = [usual, minimum, maximum, minimum + 0.25, maximum - 0.5, ...exact];
      return [name, random.pick(values.filter((v) => Number.isFinite(v) && v >= minimum && v <= maximum))] as const;
    });
    if (node !== undefined) yield { ...node, parameters: Object.fromEntries(parameters) };
  }
}

type Property = 'ledger' | 'conservative' | 'positive';

const near = (a: number, b: number, { scale }: Weighed): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(1, Number.isFinite(scale) ? scale : 1);

const keeps: { readonly [P in Property]: (weighed: Weighed) => boolean } = {
  ledger: (weighed) => near(weighed.received, weighed.sent + weighed.leaked, weighed),
  conservative: (weighed) => near(weighed.received, weighed.sent, weighed),
  positive: (weighed) => near(Math.min(0, ...weighed.messages), 0, weighed),
};

interface Tally {
  readonly contradicted: readonly string[];
  readonly verdicts: Readonly<Record<string, number>>;
}

/** Whether a property is claimed of a node, by the formulas' own evaluation. */
const claimedOf = (rule: Rule, ruleCase: RuleCase, property: Property): ((point: Point) => boolean) => {
  const claim = property === 'ledger' ? undefined : ruleCase[property];
  return claim?.holds === 'when' && claim.when !== undefined
    ? judgeOf(rule, ruleCase).holds(claim.when.expr)
    : () => true;
};

/** Proves what can be proved of mutants, and holds against each proof the numbers of many nodes. */
const hunt = (seed: number, mutants: number, most: number): Tally => {
  const contradicted: string[] = [];
  const verdicts: Record<string, number> = {};
  for (let i = 0; i < mutants; i += 1) {
    const random = randomFrom(seed + i);
    const rule = mutantOf(random.pick(drafts), random);
    const [proofs] = rule === undefined ? [] : proofsOf(rule);
    if (rule === undefined || proofs === undefined) continue;
    const { ruleCase } = proofs;
    const { weigh } = judgeOf(rule, ruleCase);
    const settled = (['ledger', 'conservative', 'positive'] as const).flatMap((property) => {
      const { verdict } = proofs[property];
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      return verdict === 'proved' || verdict === 'vacuous'
        ? [{ property, verdict, claimed: claimedOf(rule, ruleCase, property) }]
        : [];
    });
    if (settled.length === 0) continue;
    for (const point of nodesOf(rule, ruleCase, random, most)) {
      const weighed = weigh(point);
      const wrong = settled.find(
        ({ property, verdict, claimed }) => claimed(point) && (verdict === 'vacuous' || !keeps[property](weighed)),
      );
      if (wrong === undefined) continue;
      contradicted.push(`${seed + i} ${wrong.property} ${wrong.verdict} ${JSON.stringify({ point, rule })}`);
      break;
    }
  }
  return { contradicted, verdicts };
};

const fresh = Math.floor(Math.random() * 2 ** 31);

describe('no proof about a mutated rule is contradicted by numbers', () => {
  // The fresh seed is in the name of the test: a failure can be repeated.
  test.each([
    [42, 200],
    [fresh, 80],
  ])(
    'seed %i, %i mutants',
    (seed, mutants) => {
      const { contradicted, verdicts } = hunt(seed, mutants, 60);
      expect(contradicted).toEqual([]);
      expect(verdicts['proved']).toBeGreaterThan(mutants / 2);
      expect(verdicts['not-proved']).toBeGreaterThan(mutants / 10);
    },
    60_000,
  );
});
