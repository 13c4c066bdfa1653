import { instantiate, type Rule } from '@kirchhoff/rule';
import * as fc from 'fast-check';
import { renderToString } from 'katex';
import { describe, expect, test } from 'vitest';
import {
  composeLedger,
  printSteps,
  proofsOf,
  proveLedger,
  texOfProofs,
  witnessOf,
  type CaseProofs,
} from '../src/proof/index.js';
import { ledgerCases } from '../src/proof/prove.js';
import { judgeOf } from '../src/search/point.js';
import { points, smallPoints } from '../src/search/values.js';
import { cleaned, valuation } from './proof-numbers.js';
import { book } from './rulebook.js';

const rules: readonly Rule[] = [...book.rules.values()];
const relevance = rules.filter(({ quantity }) => quantity === 'relevance');

describe('the rules', () => {
  test.each(relevance.map((rule) => [rule.name, rule] as const))('%s is proved', (_, rule) => {
    for (const { ruleCase, ledger, conservative, positive } of proofsOf(rule)) {
      expect(ledger).toMatchObject({ verdict: 'proved' });
      const wanted = (holds: string | undefined): string => (holds === 'when' ? 'proved' : 'skipped');
      expect(conservative).toMatchObject({ verdict: wanted(ruleCase.conservative?.holds) });
      expect(positive).toMatchObject({ verdict: wanted(ruleCase.positive?.holds) });
    }
  });

  test('all of them within a few seconds', () => {
    const start = performance.now();
    relevance.forEach(proofsOf);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('gradients are skipped, with the reason', () => {
    const gradients = rules.filter(({ quantity }) => quantity === 'gradient');
    expect(gradients.length).toBeGreaterThan(0);
    for (const { ledger, conservative, positive } of gradients.flatMap(proofsOf))
      for (const proof of [ledger, conservative, positive])
        expect(proof).toEqual({ verdict: 'skipped', reason: 'gradients keep no ledger and claim nothing' });
  });

  test.each(relevance.map((rule) => [rule.name, rule] as const))('conditions of %s hold somewhere', (_, rule) => {
    for (const ruleCase of rule.cases)
      for (const claim of ['conservative', 'positive'] as const)
        expect(witnessOf(rule, ruleCase, claim).verdict).toBe(
          ruleCase[claim]?.holds === 'when' ? 'satisfiable' : 'skipped',
        );
  });
});

describe('a proof agrees with numbers', () => {
  const every = 13;
  const most = 70;
  test.each(relevance.map((rule) => [rule.name, rule] as const))(
    'each node of %s falls under one case, and is worth there what the formulas say',
    (_, rule) => {
      for (const ruleCase of rule.cases) {
        const { classes, cases } = ledgerCases(rule, ruleCase);
        const judge = judgeOf(rule, ruleCase);
        const few = [...smallPoints(rule, ruleCase)].filter((__, i) => i % every === 0).slice(0, most);
        const random = fc.sample(points(rule, ruleCase), { seed: 42, numRuns: 20 });
        for (const point of [...few, ...random]) {
          const valueOf = valuation(point, classes);
          const here = cases.filter(({ story }) =>
            story.every(({ poly, sign }) => {
              const found = Math.sign(cleaned(valueOf(poly)));
              return sign === 'not 0' ? found !== 0 : found === sign;
            }),
          );
          expect(here).toHaveLength(1);
          const { received, sent, leaks } = judge.weigh(point);
          const parts = here[0]!.parts.map(({ name, value }) => [name, valueOf(value)] as const);
          const sum = (start: string): number =>
            parts.reduce((total, [name, value]) => (name.startsWith(start) ? total + value : total), 0);
          expect(sum('R')).toBeCloseTo(received, 8);
          expect(sum('message')).toBeCloseTo(sent, 6);
          for (const [name, value] of Object.entries(leaks)) expect(sum(`leak ${name}`)).toBeCloseTo(value, 6);
        }
      }
    },
  );
});

test('the proof of epsilon reads like this', () => {
  const epsilon = book.rules.get('epsilon')!;
  const proof = proveLedger(epsilon, epsilon.cases[0]!);
  expect('steps' in proof ? printSteps(proof.steps) : '').toMatchInlineSnapshot(`
    "What is to be shown
      R - Σ messages = Σ leaks, whatever the number of sources, for every value of the parameters within their bounds
      message = total(ratio(x*w, stab(total(x*w) + b, epsilon))*R)
      leak bias = ratio(b, stab(total(x*w) + b, epsilon))*R
      leak stabilizer = ratio(epsilon*sgn(total(x*w) + b), stab(total(x*w) + b, epsilon))*R
      leak dead = (stab(total(x*w) + b, epsilon) == 0)*R
    Totals
      Only this is used of a sum over sources: that it is linear. What belongs to the output is taken out of it, and each sum that remains is one indeterminate: Σ[x·w]
    Case 1: Σ[x·w] + b > 0
      message = Σ[x·w]·R/(Σ[x·w] + b + epsilon)
      leak bias = b·R/(Σ[x·w] + b + epsilon)
      leak stabilizer = epsilon·R/(Σ[x·w] + b + epsilon)
      leak dead = 0
      received - messages - leaks, times (Σ[x·w] + b + epsilon): Σ[x·w]·R + b·R + epsilon·R - Σ[x·w]·R - b·R - epsilon·R = 0
    Case 2: Σ[x·w] + b = 0, epsilon > 0
      so Σ[x·w] = -b
      message = -b·R/epsilon
      leak bias = b·R/epsilon
      leak stabilizer = R
      leak dead = 0
      received - messages - leaks, times epsilon: epsilon·R + b·R - b·R - epsilon·R = 0
    Case 3: Σ[x·w] + b = 0, epsilon = 0
      so Σ[x·w] = -b
      message = 0
      leak bias = 0
      leak stabilizer = 0
      leak dead = R
      received - messages - leaks: R - R = 0
    Case 4: Σ[x·w] + b < 0
      message = Σ[x·w]·R/(Σ[x·w] + b - epsilon)
      leak bias = b·R/(Σ[x·w] + b - epsilon)
      leak stabilizer = -epsilon·R/(Σ[x·w] + b - epsilon)
      leak dead = 0
      received - messages - leaks, times (Σ[x·w] + b - epsilon): Σ[x·w]·R + b·R - epsilon·R - Σ[x·w]·R - b·R + epsilon·R = 0"
  `);
});

test('what a proof is in TeX', () => {
  const epsilon = book.rules.get('epsilon')!;
  const proof = proveLedger(epsilon, epsilon.cases[0]!);
  expect('steps' in proof ? proof.steps.slice(1, 3).map(({ tex }) => tex) : []).toMatchInlineSnapshot(`
    [
      "\\left(\\sum_{i} {x}_{i} \\, {w}_{i}\\right)",
      "\\left(\\sum_{i} {x}_{i} \\, {w}_{i}\\right) + b > 0:\\quad \\left(\\left(\\sum_{i} {x}_{i} \\, {w}_{i}\\right) + b + \\epsilon\\right) \\cdot \\Bigl(R - \\sum_i m_i - \\sum \\ell\\Bigr) = \\left(\\sum_{i} {x}_{i} \\, {w}_{i}\\right) \\, R + b \\, R + \\epsilon \\, R - \\left(\\sum_{i} {x}_{i} \\, {w}_{i}\\right) \\, R - b \\, R - \\epsilon \\, R = 0",
    ]
  `);
});

test('every step of every proof is TeX that a reader of formulas takes', () => {
  const document = texOfProofs(rules);
  const formulas = [...document.matchAll(/\\\[ (.*?) \\\]/g)].map(([, formula]) => formula!);
  expect(formulas.length).toBe(document.split('\\paragraph{').length - 1);
  expect(formulas.length).toBeGreaterThan(100);
  for (const formula of formulas)
    expect(renderToString(formula, { throwOnError: true, strict: 'error', displayMode: true })).toContain('<math');
});

describe('a graph', () => {
  const assignment = (node: string, name: string) => {
    const rule = book.rules.get(name)!;
    const ruleCase = rule.cases[0]!;
    const instance = instantiate(ruleCase, {});
    return [
      node,
      { node, kind: 'weighted', rule, ruleCase, parameters: {}, instance, place: '', gate: undefined },
    ] as const;
  };
  const proofs: readonly CaseProofs[] = ['epsilon', 'pass'].flatMap((name) => proofsOf(book.rules.get(name)!));

  test('whose nodes are all proved keeps its ledger', () => {
    const plan = { assignments: new Map([assignment('dense', 'epsilon'), assignment('relu', 'pass')]) };
    const { proved, open, text } = composeLedger(plan, proofs);
    expect(proved).toEqual(['dense', 'relu']);
    expect(open).toEqual([]);
    expect(text).toMatch('The ledger of all 2 nodes is proved: seed = Σ relevance of inputs + Σ leaks');
  });

  test('names the nodes that are not', () => {
    const plan = { assignments: new Map([assignment('dense', 'epsilon'), assignment('conv', 'gamma')]) };
    const { open, text } = composeLedger(plan, proofs);
    expect(open).toEqual([{ node: 'conv', rule: 'gamma', reason: 'its rule was not among those proved' }]);
    expect(text).toMatch('The ledger of 1 of 2 nodes is proved');
  });
});
