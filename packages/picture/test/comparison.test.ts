import { describe, expect, it } from 'vitest';
import { comparisonHtml, type Comparison, type ComparisonMethod } from '../src/index.js';

const method = (name: string, further: Partial<ComparisonMethod> = {}): ComparisonMethod => ({
  name,
  summary: 'what it does',
  cite: [],
  settings: [],
  plan: [],
  passes: 2,
  milliseconds: 1,
  constant: 0,
  parts: undefined,
  curves: null,
  ...further,
});

const interval = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1, count: 3, undefined: 1 });

const comparison: Comparison = {
  title: 'a <b> & c',
  subtitle: 'of two',
  command: "kirchhoff compare '<x>'",
  models: [
    {
      name: 'm<1>',
      summary: '',
      count: 1,
      samples: [
        {
          kind: 'picture',
          caption: 's"1',
          input: { shape: [1, 1, 2], data: [0, 1] },
          maps: [
            { shape: [1, 1, 2], data: [1, -3] },
            { shape: [1, 1, 2], data: [0, 0] },
          ],
        },
        {
          kind: 'text',
          caption: 't',
          segments: [{ text: '<i>', tokens: [{ name: 'x', known: true }] }],
          values: [[2], [-1]],
        },
      ],
      methods: [
        method('one', { parts: { inputs: 0.8, bias: -0.2 }, curves: { most: [1, 0.2], least: [1, 0.9] } }),
        method('two'),
      ],
      random: [1, 0.5],
      metrics: [
        {
          title: 'gap',
          summary: 'a gap.',
          direction: 'higher is better',
          better: 'higher',
          cite: 'somebody',
          values: [interval(0.25), interval(0.75)],
          againstRandom: [interval(-0.5), null],
        },
      ],
      agreement: [
        {
          title: 'cosine',
          summary: '',
          cells: [
            [1, null],
            [null, 1],
          ],
        },
      ],
      claims: [{ title: 'ledger', summary: 'R = …' }],
      rules: [{ rule: 'zero', verdicts: [{ verdict: 'proved', evidence: 'for every <node>' }] }],
      skipped: [{ method: 'three', reason: 'no <conv>' }],
    },
  ],
};

describe('the page of a comparison', () => {
  const page = comparisonHtml(comparison);

  it('escapes whatever it is given', () => {
    for (const raw of ['<b>', 'm<1>', 's"1', '<i>', '<conv>', "'<x>'"])
      expect(page.replaceAll(/<b>(?:one|two)<\/b>/g, '')).not.toContain(raw);
  });

  it('draws each map twice: on the shared scale, and on its own', () => {
    expect(page.match(/<img class="shared"/g)).toHaveLength(2);
    expect(page.match(/<img class="own"/g)).toHaveLength(2);
    expect(page.match(/class="text shared"/g)).toHaveLength(2);
  });

  it('marks the best mean, tells intervals and samples without a value, and shows what was left out', () => {
    expect(page).toContain('<td class="best">0.750<small>0.650 … 0.850</small>');
    expect(page).toContain('(1 without)');
    expect(page).toContain('-0.500');
    expect(page).toContain('no &lt;conv&gt;');
  });

  it('shows what is known of the rules, and what that rests on', () => {
    expect(page).toContain('<th scope="row">zero</th><td class="proved">proved</td>');
    expect(page).toContain('<dt>zero · ledger</dt><dd>proved: for every &lt;node&gt;</dd>');
  });

  it('has a chart for the metric, the curves and the ledger', () => {
    expect(page.match(/<svg/g)).toHaveLength(3);
  });
});
