import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { opNames, operators } from '@kirchhoff/graph';
import { docsSays, printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { generateFrom, pictureFolder } from '../src/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const made = generateFrom(root);
const files: ReadonlyMap<string, string> = E.isRight(made) ? made.right : new Map<string, string>();
const operatorsPage = files.get('docs/operators.md') ?? '';
const rulesPage = files.get('docs/rules-reference.md') ?? '';

const stored = (path: string): string => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
};

const section = (page: string, heading: string): string => {
  const [, after = ''] = page.split(`\n## ${heading}\n`);
  return after.split('\n## ')[0] ?? '';
};

it('can be made: every paper that is cited is in docs/references.json', () => {
  expect(E.isLeft(made) ? printProblems(made.left) : '').toBe('');
});

describe('what is stored', () => {
  it.each([...files.keys()])('%s says what its sources say', (path) => {
    expect(stored(path) === files.get(path), docsSays.stalePage(path)).toBe(true);
  });

  it('holds no picture that nothing makes', () => {
    const stray = readdirSync(join(root, pictureFolder))
      .map((name) => `${pictureFolder}/${name}`)
      .filter((path) => !files.has(path));
    expect(stray.map(docsSays.strayFile)).toEqual([]);
  });
});

describe('docs/operators.md', () => {
  it('has every operator with its kind, its ports and its attributes', () => {
    for (const op of opNames) {
      const text = section(operatorsPage, op);
      expect(text, op).toContain(operators[op].summary);
      expect(text, op).toMatch(/^\| kind \| .*rule by `epsilon-plus-flat` \|$/m);
      for (const { name } of operators[op].inputs) expect(text, op).toContain(`\`${name}\``);
      for (const name of Object.keys(operators[op].attrs)) expect(text, op).toContain(`| \`${name}\` |`);
      expect(text.includes('```math'), op).toBe(operators[op].formula !== undefined);
    }
  });

  it('says which rule a composite gives, where it stands, and where there is none', () => {
    expect(section(operatorsPage, 'Conv')).toContain(
      '[`z-plus`](rules-reference.md#z-plus) (epsilon-plus entry 1); on the first layer [`flat`](rules-reference.md#flat)',
    );
    expect(section(operatorsPage, 'Relu')).toContain('[`pass`](rules-reference.md#pass) (standard entry 2)');
    expect(section(operatorsPage, 'Div')).toContain(
      '| `other` | `B` is computed | those of the nodes that it is written as: the rewrite [`write-quotients`]',
    );
    expect(section(operatorsPage, 'PRelu')).toContain('| `other` | `slope` is computed | none: a plan refuses');
    expect(section(operatorsPage, 'Reshape')).toContain('relevance follows the value it belongs to');
    expect(section(operatorsPage, 'ArgMax')).toContain('the leak `discrete`');
  });

  it('gives both formulas of Gelu, and says which derivatives are stated', () => {
    expect(section(operatorsPage, 'Gelu')).toContain('With `approximate` `tanh`:');
    expect(section(operatorsPage, 'Tanh')).toContain('- `dydx = 1 - y^2` (stated: numerically stable)');
    expect(section(operatorsPage, 'Relu')).toContain('- `dydx = where(x > 0, 1, 0)` (derived from the formula)');
  });
});

describe('docs/rules-reference.md', () => {
  it('writes a rule as formulas', () => {
    const text = section(rulesPage, 'epsilon');
    expect(text).toContain('R_{x \\leftarrow y} &= \\frac{x \\, w}{D} \\, R');
    expect(text).toContain('L_{\\mathrm{dead}} &= \\left[D = 0\\right] \\, R');
    expect(text).toContain('| `epsilon` | `0.000001` | at least 0 |');
    expect(text).toContain('- Conservative where `b == 0 and epsilon == 0 and D != 0`');
    expect(text).toContain('[bach2015pixel](#bach2015pixel)');
  });

  it('writes the rows of a composite out in words', () => {
    const text = section(rulesPage, 'Composite epsilon-alpha2-beta1');
    expect(text).toContain(
      '| 1 | `Conv`, `ConvTranspose` with constant weights | [`alpha-beta`](#alpha-beta) | `alpha = 2` | epsilon-alpha2-beta1 entry 1 |',
    );
    expect(text).toContain('| 3 | `plain` nodes | [`epsilon`](#epsilon) |  | standard entry 1 |');
    expect(section(rulesPage, 'Composite gradient')).toContain('| 1 | every node |');
  });
});
