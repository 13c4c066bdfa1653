import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputNames } from '../src/node.js';

test('names that are plain stay as they are', () => {
  const plain = ['mnist-lenet', 'resnet.v2', 'A_b', 'gradient-times-input'];
  expect(outputNames(plain)).toEqual(plain);
});

test('names that lead elsewhere, that a system keeps, or that are alike', () => {
  const named = [
    '..',
    '.',
    '',
    '../../etc/passwd',
    '/abs',
    'C:\\x',
    'a\0b',
    'a\nb',
    '.hidden',
    'end.',
    'con',
    'COM1.x',
    'nul',
  ];
  expect(outputNames(named)).toEqual([
    '__',
    '_',
    '_~2',
    '___.._etc_passwd',
    '_abs',
    'C__x',
    'a_b',
    'a_b~2',
    '_hidden',
    'end_',
    '_con',
    '_COM1.x',
    '_nul',
  ]);
  expect(outputNames(['LeNet', 'lenet', 'LENET', 'lenet~2', 'results.json', '감정', '리뷰'], ['results.json'])).toEqual(
    ['LeNet', 'lenet~2', 'LENET~3', 'lenet_2', 'results.json~2', '__', '__~2'],
  );
  const long = 'x'.repeat(300);
  expect(outputNames([long, `${long}y`])).toEqual(['x'.repeat(100), `${'x'.repeat(100)}~2`]);
});

test('any names make as many folders in one place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-names-'));
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.string({ unit: fc.constantFrom('.', '/', '~', '2', 'a', 'A', '\\', '\0'), maxLength: 4 }),
  );
  try {
    let count = 0;
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), (names) => {
        const place = join(folder, String(count++), 'in');
        mkdirSync(place, { recursive: true });
        const made = outputNames(names);
        for (const one of made) mkdirSync(join(place, one));
        expect(readdirSync(place)).toHaveLength(names.length);
        expect(readdirSync(join(place, '..'))).toEqual(['in']);
        expect(new Set(made.map((one) => one.toLowerCase())).size).toBe(names.length);
      }),
      { seed: 12, numRuns: 100 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
