import { expect, it } from 'vitest';
import { fileSays, option, withFields, withFlags } from '../src/index.js';

it('an option is called as the one who states it calls it', () => {
  const said = `state ${option('size')} T=32, or ${option('batch-axis')} x=1`;
  expect(withFlags(said)).toBe('state --size T=32, or --batch-axis x=1');
  expect(withFields(said)).toBe('state option "sizes" T=32, or option "batchAxes" x=1');
  expect(withFields(fileSays.diskFull())).toBe(
    'the disk is full; make room, or choose another place with option "out"',
  );
});

it('an option that is a place bears its name alone', () => {
  expect([withFlags(option('size')), withFields(option('size'))]).toEqual(['--size', 'sizes']);
});

it('brackets around other words stay', () => {
  expect([withFlags('⟨x⟩'), withFields('⟨constructor⟩')]).toEqual(['⟨x⟩', '⟨constructor⟩']);
});
