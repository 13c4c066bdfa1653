import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@kirchhoff/explain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk, type Desk, type Said } from './terminal.js';

const lenet = 'models/mnist-lenet';
const three = `${lenet}/samples/3.png`;

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
  mkdirSync(join(desk.folder, 'rules'));
  const leaky = {
    rule: 'leaky',
    summary: 'Epsilon that loses a part without a word.',
    cite: [],
    on: 'affine',
    parameters: { loss: { default: 1e-3, minimum: 0 } },
    message: '(1 - loss) * ratio(x*w, total(x*w) + b) * R',
    leaks: { bias: 'ratio(b, total(x*w) + b) * R', dead: '(total(x*w) + b == 0) * R' },
  };
  writeFileSync(join(desk.folder, 'rules/leaky.json'), JSON.stringify(leaky));
});
afterEach(() => {
  desk.clear();
});

const out = (file: string): string => readFileSync(join(desk.folder, 'out', file), 'utf8');
const report = (): Report => JSON.parse(out('explanation.json')) as Report;
const leaking = (...args: readonly string[]): Promise<Said> =>
  desk.run('explain', lenet, '--rules', 'DIR/rules', '--rule', 'leaky', '--out', 'DIR/out', ...args);

/** Numbers with a fraction as "#": they are rounding's. */
const rounded = (text: string): string => text.replaceAll(/\d+\.\d+(?:e-?\d+)?|\d+e-?\d+/g, '#');

const refusal =
  'the explanation does not add up: node "fc2" (rule leaky) leaves # undeclared, where rounding explains at most #; nothing of it is written; declare under "leaks" of rule "leaky" what its messages do not carry (kirchhoff verify leaky shows where), or add --allow-open-ledger to go on';

describe('an explanation that does not add up', () => {
  test.each([[[]], [['--no-ledger']]])(
    'is refused, with the node that loses most, and nothing is written (%s)',
    async (flags) => {
      const { code, out: said, err } = await leaking('--input', three, ...flags);
      expect(rounded(err)).toBe(`3: ${refusal}\n`);
      expect(said).toBe('');
      expect(code).toBe(1);
      expect(existsSync(join(desk.folder, 'out'))).toBe(false);
    },
  );

  test('is written where that is allowed, and says so first, everywhere', async () => {
    const { code, out: said, err } = await leaking('--input', three, '--allow-open-ledger');
    expect([err, code]).toEqual(['', 0]);
    expect(said.startsWith('does not add up: node "fc2" (rule leaky) leaves 0.00')).toBe(true);
    expect(report().addsUp).toBe(false);
    expect(
      report()
        .samples[0]!.ledger!.open.map(({ node }) => node)
        .toSorted(),
    ).toEqual(['conv1', 'conv2', 'fc1', 'fc2']);
  });

  test('ends a series, and marks its index where it is allowed', async () => {
    const series = ['--input', `${lenet}/samples/[34].png`, '--batch-size', '1'] as const;
    const refused = await leaking(...series);
    expect(rounded(refused.err)).toBe(`3: ${refusal}\n`);
    expect(refused.code).toBe(1);
    expect(existsSync(join(desk.folder, 'out'))).toBe(false);
    const { code, out: said } = await leaking(...series, '--allow-open-ledger');
    expect(code).toBe(0);
    expect(said).toMatch(/^does not add up: .*\(2 of 2 samples\)\n/);
    const lines = out('index.jsonl').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { ledger: { open: object[] } }).ledger.open.length)).toEqual([
      4, 4,
    ]);
    expect(JSON.parse(out('explanation.json'))).toMatchObject({ addsUp: false, series: { open: 2, outgrown: 0 } });
  });
});

test('relevance that outgrows what it started from is said, with the node where it first does', async () => {
  const rules = ['--composite', 'lstm-gate-proportional', '--out', 'DIR/out'] as const;
  const { code, out: said, err } = await desk.run('explain', 'models/nsmc-lstm', '--text', '나쁘지 않다.', ...rules);
  const remark = 'relevance outgrows what it started from at node "lstm/hidden" (rule gate-proportional), 34000 times';
  expect([err, code]).toEqual(['', 0]);
  expect(said.startsWith(`${remark}: what is shown rests on what cancels\n`)).toBe(true);
  expect(out('text.html')).toContain('(rule gate-proportional), 34000 times');
  const [{ ledger }] = report().samples as [Report['samples'][0]];
  expect(ledger!.outgrown).toMatchObject({ node: 'lstm/hidden', rule: 'gate-proportional' });
  expect(ledger!.input).toBeCloseTo(-2227, -1);
  expect(report().addsUp).toBe(true);
});

describe('export --check', () => {
  const exporting = (...args: readonly string[]): Promise<Said> =>
    desk.run('export', lenet, '--rules', 'DIR/rules', '--check', '--out', 'DIR/explain.onnx', ...args);

  test('tries the file on random samples, and says how close it came', async () => {
    const { code, out: said, err } = await exporting('--target', 'input', '--ledger');
    expect([err, code]).toEqual(['', 0]);
    expect(said.split('\n')[0]).toMatch(
      /^checked on 2 random samples: the explanation adds up, and the graph gives its relevances \(to \S+ of the largest\)$/,
    );
    expect(existsSync(join(desk.folder, 'explain.onnx'))).toBe(true);
  });

  test('writes no explanation that does not add up, unless that is allowed', async () => {
    const { code, err } = await exporting('--rule', 'leaky');
    expect(rounded(err)).toContain('does not add up: node "fc2" (rule leaky) leaves # undeclared');
    expect(code).toBe(1);
    expect(existsSync(join(desk.folder, 'explain.onnx'))).toBe(false);
    const allowed = await exporting('--rule', 'leaky', '--allow-open-ledger');
    expect([allowed.err, allowed.code]).toEqual(['', 0]);
    expect(allowed.out.startsWith('does not add up: node "fc2" (rule leaky)')).toBe(true);
    expect(existsSync(join(desk.folder, 'explain.onnx'))).toBe(true);
  });
});
