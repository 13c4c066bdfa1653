import type { Rule } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { proofsOf, proveConservative, proveLedger, provePositive, witnessOf } from '../src/proof/index.js';
import { json, ruleFrom } from './rulebook.js';

type Change = Readonly<Record<string, unknown>>;

/** A rule of the repository with some of its members replaced; those given as objects are merged. */
const changed = (name: string, change: Change): Rule => {
  const rule = json(`rules/${name}.json`) as Record<string, unknown>;
  const merged = Object.fromEntries(
    Object.entries(change).map(([key, value]) => {
      const before = rule[key];
      const both = typeof value === 'object' && typeof before === 'object' && key !== 'leaks';
      return [key, both ? { ...before, ...value } : value];
    }),
  );
  return ruleFrom({ ...rule, ...merged });
};

const leaksOf = (name: string, change: Change): Change => {
  const { leaks } = json(`rules/${name}.json`) as { readonly leaks: Change };
  const all = Object.entries({ ...leaks, ...change }).filter(([, formula]) => formula !== undefined);
  return { leaks: Object.fromEntries(all) };
};

const without = (name: string, leak: string): Rule => changed(name, leaksOf(name, { [leak]: undefined }));

const wrong: readonly (readonly [says: string, rule: Rule, left: RegExp])[] = [
  ['epsilon without sign', changed('epsilon', { let: { D: 'total(x*w) + b + epsilon' } }), /< 0/],
  [
    'sgn(0) = 0, and no leak for it',
    changed('epsilon', {
      let: { D: 'where(total(x*w) + b == 0, 0, stab(total(x*w) + b, epsilon))' },
      ...leaksOf('epsilon', { dead: '(stab(total(x*w) + b, epsilon) == 0) * R' }),
    }),
    /Σ\[x·w\] \+ b = 0, epsilon > 0/,
  ],
  ['the leak of the bias forgotten', without('epsilon', 'bias'), /b·R/],
  ['the leak of the stabiliser forgotten', without('epsilon', 'stabilizer'), /epsilon/],
  ['dead forgotten', without('epsilon', 'dead'), /Σ\[x·w\] \+ b = 0, epsilon = 0: R/],
  ['dead forgotten in zero', without('zero', 'dead'), /Σ\[x·w\] \+ b = 0: R/],
  ['relevance halved', changed('epsilon', { message: 'ratio(x*w, D) * R / 2' }), /Σ\[x·w\]·R/],
  ['a clamp on the message', changed('epsilon', { message: 'pos(ratio(x*w, D) * R)' }), /Σ|R/],
  ['a clamp that hides a leak', changed('epsilon', { message: 'min(ratio(x*w, D), 1) * R' }), /Σ|sign/],
  [
    'the bias in both denominators of alpha-beta',
    changed('alpha-beta', { let: { P: 'total(pos(x*w)) + b', N: 'total(neg(x*w)) + b' } }),
    /b/,
  ],
  ['inactive forgotten', without('alpha-beta', 'inactive'), /R/],
  [
    'beta = alpha in the message alone',
    changed('alpha-beta', { message: 'alpha * (ratio(pos(x*w), DP) - ratio(neg(x*w), DN)) * R' }),
    /R/,
  ],
  ['the stabiliser of alpha-beta without sign', changed('alpha-beta', { let: { DN: 'N + stabilizer' } }), /R/],
  ['negative inputs dropped', changed('z-plus', { message: 'ratio(pos(x)*pos(w), D) * R' }), /x < 0/],
  ['z-plus with the whole bias', changed('z-plus', { let: { P: 'total(pos(x*w)) + b' } }), /b/],
  ['gamma without the share of the bias', changed('gamma', leaksOf('gamma', { bias: 'ratio(b, D) * R' })), /gamma/],
  [
    'generalized gamma that forgets y = 0',
    changed('generalized-gamma', leaksOf('generalized-gamma', { dead: 'where(y > 0, DP == 0, DN == 0) * R' })),
    /= 0/,
  ],
  ['a denominator that is not the total', changed('w-square', { let: { T: 'total(abs(w)) + include_bias*b^2' } }), /w/],
  ['padding counted as a source', changed('flat', { let: { D: 'stab(total(1) + 1, stabilizer)' } }), /R/],
  [
    'low and high exchanged in the total',
    changed('z-box', { let: { T: 'total(x*w - high*pos(w) - low*neg(w))' } }),
    /high|low/,
  ],
  ['all tied maxima win', changed('winner-take-all', { message: '(x == y) * R' }), /R/],
  ['shared evenly, twice', changed('max-uniform', { message: '2 * ratio(1, total(1)) * R' }), /R/],
  ['both operands get everything', changed('gate-half', { messages: { gate: 'R', signal: 'R' } }), /R/],
  ['the gate is given what the signal has', changed('gate-absolute', { let: { T: 'abs(gate_pre)' } }), /signal_pre/],
  [
    'epsilon not spread',
    changed('epsilon-shared-bias', { message: 'ratio(x*w + ratio(b, total(1)), D) * R' }),
    /epsilon/,
  ],
  [
    'a softmax whose offset is turned',
    changed('softmax', leaksOf('softmax', { offset: 'R * (1 - x - sum(x*y))' })),
    /R/,
  ],
  ['the mean forgotten', changed('layer-norm-detached', { message: 'x * ratio(R, D)' }), /R/],
  ['a division by 0', changed('zero', { message: 'x*w / D * R' }), /no value/],
];

describe('a wrong rule is not proved', () => {
  test.each(wrong)('%s', (_, rule, left) => {
    const proof = proveLedger(rule, rule.cases[0]!);
    expect(proof.verdict).toBe('not-proved');
    expect(proof.verdict === 'not-proved' ? proof.remainder : '').toMatch(left);
  });

  test('what is left names the case and the polynomial', () => {
    const rule = without('epsilon', 'bias');
    const proof = proveLedger(rule, rule.cases[0]!);
    expect(proof).toMatchObject({
      verdict: 'not-proved',
      remainder: 'where Σ[x·w] + b > 0: b·R is not 0',
      cell: [{ sign: 1 }],
    });
  });
});

const claiming = (name: string, claims: Change): Rule => changed(name, { claims });

describe('a wrong claim is not proved', () => {
  test.each([
    ['epsilon with a bias', claiming('epsilon', { conservative: { when: 'epsilon == 0 and D != 0' } })],
    ['epsilon with an epsilon', claiming('epsilon', { conservative: { when: 'b == 0 and D != 0' } })],
    ['epsilon where all is 0', claiming('epsilon', { conservative: { when: 'b == 0 and epsilon == 0' } })],
    [
      'alpha-beta without negative evidence',
      claiming('alpha-beta', { conservative: { when: 'pos(b) == 0 and stabilizer == 0 and P > 0' } }),
    ],
    ['flat without a source', claiming('flat', { conservative: { when: 'stabilizer == 0' } })],
    ['everywhere', claiming('z-plus', { conservative: {} })],
  ])('conservative: %s', (_, rule) => {
    expect(proveConservative(rule, rule.cases[0]!).verdict).toBe('not-proved');
  });

  test.each([
    ['epsilon', claiming('epsilon', { positive: { when: 'R >= 0' } })],
    ['alpha-beta with beta', claiming('alpha-beta', { positive: { when: 'R >= 0' } })],
    ['negative relevance', claiming('z-plus', { positive: {} })],
    ['z-box outside of its box', claiming('z-box', { positive: { when: 'R >= 0 and low <= x' } })],
    ['gamma', claiming('gamma', { positive: { when: 'R >= 0 and x >= 0' } })],
    ['proportional to values of any sign', claiming('max-proportional', { positive: { when: 'R >= 0' } })],
  ])('positive: %s', (_, rule) => {
    expect(provePositive(rule, rule.cases[0]!).verdict).toBe('not-proved');
  });

  test('a claim that a narrower condition saves is proved', () => {
    const rule = claiming('max-proportional', { positive: { when: 'R >= 0 and x >= 0' } });
    expect(provePositive(rule, rule.cases[0]!)).toMatchObject({ verdict: 'proved' });
  });

  test.each(['b == 0 and b != 0', 'epsilon < 0', 'D == 0 and D > 0', 'abs(b) < 0'])('vacuous: %s', (when) => {
    const rule = claiming('epsilon', { conservative: { when } });
    expect(proveConservative(rule, rule.cases[0]!)).toMatchObject({
      verdict: 'vacuous',
      reason: `"${when}" holds for no node: the claim is about nothing`,
    });
    expect(witnessOf(rule, rule.cases[0]!, 'conservative').verdict).toBe('vacuous');
  });
});

const affine = (rest: Change): Rule => ruleFrom({ rule: 'one', summary: 'One.', on: 'affine', ...rest });

test('messages that add up to something else are not conservative because nothing leaks', () => {
  const rule = affine({ message: '2*R', leaks: {}, claims: { conservative: {} } });
  expect(proveConservative(rule, rule.cases[0]!)).toMatchObject({
    verdict: 'not-proved',
    remainder: 'the ledger, from which it would follow, is not proved: where everywhere: R - 2·n·R is not 0',
  });
});

test('a square that is positive says nothing of the sign of its base', () => {
  const message = 'where(x^2 > 0, x, 0) * R';
  const rule = affine({
    message,
    leaks: { rest: `R - total(${message})` },
    claims: { positive: { when: 'R >= 0' } },
  });
  expect(provePositive(rule, rule.cases[0]!).verdict).toBe('not-proved');
});

test('what is divided by may be 0 where there is no source', () => {
  const message = 'where(w*b == 1, w, 0) * R';
  const rule = affine({
    message,
    leaks: { rest: `R - total(${message})`, none: 'where(b == 0, R, 0) * total(x)' },
    claims: { conservative: { when: 'x == 0 and b > x' } },
  });
  expect(proveConservative(rule, rule.cases[0]!).verdict).toBe('not-proved');
});

test('what is known to be a number needs no class of its own', () => {
  const rule = affine({
    message: 'pos(x)*w^2*R',
    leaks: { rest: 'R - total(pos(x)*w^2)*R' },
    claims: { positive: { when: 'R >= 0 and x == 1' } },
  });
  expect(provePositive(rule, rule.cases[0]!).verdict).toBe('proved');
});

test('conditions may compare a source with the total of all', () => {
  const claims = { positive: { when: 'R >= 0 and x >= 0 and x <= y' } };
  const rule = affine({ message: 'pos(x)*R', leaks: { rest: 'R - total(pos(x))*R' }, claims });
  expect(provePositive(rule, rule.cases[0]!).verdict).toBe('proved');
});

test.each([
  [-1, 'not-proved'],
  [0, 'proved'],
])('0 has no negative power: p from %i is %s', (minimum, verdict) => {
  const leaks = { rest: 'R - total(abs(x)^p)*R' };
  const rule = affine({ parameters: { p: { default: 1, minimum } }, message: 'abs(x)^p*R', leaks });
  expect(proveLedger(rule, rule.cases[0]!).verdict).toBe(verdict);
});

test('a rule with functions nothing is known of is proved where they cancel', () => {
  const rule = ruleFrom({
    rule: 'softened',
    summary: 'Shares by the exponential of the contribution.',
    on: 'affine',
    let: { T: 'total(exp(x*w))' },
    message: 'ratio(exp(x*w), T) * R',
    leaks: { dead: '(T == 0) * R' },
    claims: { conservative: { when: 'T > 0' }, positive: { when: 'R >= 0' } },
  });
  const [proofs] = proofsOf(rule);
  expect(proofs).toMatchObject({
    ledger: { verdict: 'proved' },
    conservative: { verdict: 'proved' },
    positive: { verdict: 'proved' },
  });
});

test('a rule that asks for too much is not proved, and says why', () => {
  const rule = ruleFrom({
    rule: 'greedy',
    summary: 'Asks for a sign that no case settles.',
    on: 'affine',
    message: 'pos(x)*pos(w)*pos(x - w)*pos(x + w)*pos(x - 2*w)*R',
    leaks: { rest: 'R' },
  });
  const proof = proveLedger(rule, rule.cases[0]!);
  expect(proof.verdict === 'not-proved' ? proof.remainder : '').toMatch(
    'the formulas ask for the signs of too many things',
  );
});
