import { opNames } from '@kirchhoff/graph';
import { describe, expect, it } from 'vitest';
import { representativesOf } from '../src/representative.js';

const kindsOf = (op: (typeof opNames)[number]): readonly string[] =>
  representativesOf(op).map(({ kind, where }) => (where === '' ? kind : `${kind} where ${where}`));

describe('representatives', () => {
  it.each([
    ['Relu', ['elementwise']],
    ['Conv', ['weighted', 'contraction where `W` is computed']],
    ['MatMul', ['weighted', 'contraction where `B` is computed, too']],
    ['Max', ['elementwise', 'maximum where a second `data_0` is computed, too']],
    ['Clip', ['elementwise', 'other where `min` is computed, or `max` is computed']],
    ['Resize', ['structural', 'plain where `mode` is `linear` or `cubic`']],
    ['Cast', ['structural', 'discrete where `to` is `2`, `3`, `6`, `7` or `9`']],
  ] as const)('%s', (op, kinds) => {
    expect(kindsOf(op)).toEqual(kinds);
  });

  it('are of different kinds, and the usual one comes first', () => {
    for (const op of opNames) {
      const all = representativesOf(op);
      expect(all.map(({ where }) => where === '').indexOf(true)).toBe(0);
      expect(new Set(all.map(({ kind }) => kind)).size).toBe(all.length);
    }
  });
});
