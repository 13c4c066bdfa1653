import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDesk, root, type Desk } from './terminal.js';

let desk: Desk;

beforeAll(() => {
  desk = openDesk();
});

afterAll(() => desk.clear());

describe('verify', () => {
  it('prints verdicts and their evidence', async () => {
    const { code, out } = await desk.run('verify', 'signal-take-all', '--cases', '20');
    expect(code).toBe(0);
    expect(out).toContain('signal-take-all (product)      proved  proved        proved');
    expect(out).toContain('signal-take-all (product) · ledger: proved. proved for every node; no counterexample in');
    expect(out).toContain('the signal takes all  signal-take-all  tested');
  });

  it('fails for a refuted claim, writes the counterexample and runs it again', async () => {
    const refuted = await desk.run('verify', 'specs/broken/gate-both.json', '--cases', '20', '--out', 'DIR/found');
    expect(refuted.code).toBe(1);
    expect(refuted.err).toBe('4 claims are refuted or vacuous\n');
    expect(refuted.out).toContain('wrote DIR/found/signal-take-all.ledger.json');
    const again = await desk.run('verify', '--replay', 'DIR/found/signal-take-all.ledger.json');
    expect(again.code).toBe(0);
    expect(again.out).toContain('again: R 1, Σ messages 2, Σ leaks 0, closure 5.0e-1');
  });

  it('prints proofs, and in TeX', async () => {
    const text = await desk.run('verify', 'signal-take-all', '--proof');
    expect(text.code).toBe(0);
    expect(text.out).toContain(
      'signal-take-all (product) · ledger: proved, for every number of sources\n  What is to be shown',
    );
    const tex = await desk.run('verify', 'signal-take-all', '--proof', 'tex');
    expect(tex.out).toMatch(/^\\documentclass/);
    expect(tex.out).toContain('\\section*{signal-take-all (product): ledger}');
  });

  it('audits texts, each by itself', async () => {
    const texts = ['--text', '나쁘지 않다.', '--text', '이 영화 정말 재미있다.'];
    const { code, out } = await desk.run('verify', '--model', 'models/nsmc-lstm', ...texts, '--out', 'DIR/texts');
    expect(code).toBe(0);
    expect(out).toContain('이 영화 정말 재미있다.: seed 1.95');
    expect(out).toContain('positivity breaks first at features');
    const { samples } = JSON.parse(readFileSync(join(desk.folder, 'texts/audit.json'), 'utf8')) as {
      readonly samples: readonly { readonly name: string }[];
    };
    expect(samples.map(({ name }) => name)).toEqual(['나쁘지 않다.', '이 영화 정말 재미있다.']);
  });

  it('speaks JSON', async () => {
    const { code, out } = await desk.run('verify', 'pass', '--cases', '10', '--json');
    expect(code).toBe(0);
    const told = JSON.parse(out) as { readonly entries: readonly { readonly law: string; readonly verdict: string }[] };
    expect(told.entries.find(({ law }) => law === 'ledger')?.verdict).toBe('proved');
  });

  it.each([
    [['verify', 'epsilom'], /there is no rule "epsilom" \(did you mean "epsilon"\?\)/],
    [['verify', 'pass', '--cases', 'many'], /--cases: "many" is no whole number above 0/],
    [['verify', 'pass', '--seed', '1.5'], /--seed: "1\.5" is no whole number/],
    [['verify', 'pass', '--proof', 'html'], /--proof: "html" is not one of text, tex/],
    [['verify', '--model', 'models/mnist-lenet'], /--model needs --input FILE/],
    [['verify', '--replay', 'models/mnist-lenet/model.json'], /this is no counterexample/],
    [
      [
        'verify',
        '--model',
        'models/mnist-lenet',
        '--input',
        'models/mnist-lenet/samples/3.png',
        '--composite',
        'gradient',
        '--out',
        'DIR/none',
      ],
      /gradients keep no ledger/,
    ],
  ] as const)('refuses %j', async (args, said) => {
    const { code, err } = await desk.run(...args);
    expect(code).toBe(1);
    expect(err).toMatch(said);
  });
});

interface Shown {
  readonly document: string | undefined;
  readonly args: readonly string[];
  readonly lines: readonly string[];
}

/** The documents and commands of the tutorial, in order; each command with what is quoted of its output. */
const shownIn = (text: string): readonly Shown[] =>
  [...text.matchAll(/^```(json|console)\n([\s\S]*?)^```$/gm)].map(([, language, block = '']): Shown => {
    if (language === 'json') return { document: block, args: [], lines: [] };
    const [command = '', ...lines] = block.trimEnd().split('\n');
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
    return { document: undefined, args: words.slice(2), lines };
  });

/** Words alike, and numbers to three digits: backends and machines round differently. */
const agrees = (quoted: string, found: string): boolean => {
  const got = found.trim().split(/\s+/);
  return quoted
    .trim()
    .split(/\s+/)
    .every((word, i) => {
      const [a, b] = [Number(word), Number(got[i])];
      return word === got[i] || `${word};` === got[i] || Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b));
    });
};

describe('docs/tutorials/a-new-rule.md', () => {
  const shown = shownIn(readFileSync(join(root, 'docs/tutorials/a-new-rule.md'), 'utf8'));

  it('says what its commands say', async () => {
    for (const { document, args, lines } of shown) {
      if (document !== undefined) {
        writeFileSync(join(desk.folder, 'sharp.json'), document);
        continue;
      }
      const placed = args.map((word) => (word === 'sharp.json' ? 'DIR/sharp.json' : word === '.' ? 'DIR' : word));
      const out = args[0] === 'explain' || args.includes('--model') ? ['--out', 'DIR/out'] : [];
      const { out: said, err, code } = await desk.run(...placed, ...out);
      const found = stripVTControlCharacters(`${said}${err}`).split('\n');
      for (const line of lines)
        expect(
          found.filter((one) => agrees(line, one)),
          line,
        ).not.toEqual([]);
      expect(code).toBe(lines.some((line) => line.includes('refuted')) ? 1 : 0);
    }
    expect(existsSync(join(desk.folder, 'out/ledger.svg'))).toBe(true);
    expect(shown.filter(({ args }) => args.length > 0).length).toBe(6);
  }, 120_000);
});
