import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeNpy } from '@kirchhoff/explain';
import { tensor, writeSafetensors } from '@kirchhoff/graph';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

let desk: Desk;
const place = (path: string, content: Uint8Array | object): void => {
  const file = join(desk.folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content instanceof Uint8Array ? content : JSON.stringify(content));
};
const weights = (value: number): Uint8Array =>
  writeSafetensors(new Map([['W', tensor('float32', [2, 2], [value, 1, -1, 1])]]));

const rule = {
  rule: 'mine',
  summary: 'Mine.',
  cite: [],
  on: 'affine',
  message: 'ratio(x*w, stab(total(x*w) + b, 1e-6)) * R',
  leaks: {
    bias: 'ratio(b, stab(total(x*w) + b, 1e-6)) * R',
    stabilizer: 'R - ratio(total(x*w) + b, stab(total(x*w) + b, 1e-6)) * R',
  },
};
const inner = { composite: 'inner', summary: 'Inner.', cite: [], rules: [{ match: { name: 'y*' }, rule: 'mine' }] };
const outer = {
  composite: 'outer',
  summary: 'Outer.',
  cite: [],
  rules: [{ include: 'inner' }, { match: { op: ['Gemm', 'ReduceSum'] }, rule: 'epsilon' }],
};
const tokens = {
  text: { tokenizer: 'whitespace', vocabulary: 'words/vocabulary.json', unknown: 0, maximum: 4 },
};
const document = {
  format: 'kirchhoff-model/1',
  name: 'tiny',
  summary: 'A tiny model.',
  graph: 'graph.json',
  labels: ['no', 'yes'],
};
const pictures = {
  format: 'kirchhoff-graph/1',
  name: 'tiny',
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
  nodes: [{ name: 'y', op: 'Gemm', inputs: ['x', 'W'] }],
  outputs: ['y'],
  tensors: { W: { file: 'deep/w.safetensors' } },
};
const texts = {
  ...pictures,
  inputs: [{ name: 'x', type: 'int64', shape: ['N', 'T'] }],
  nodes: [
    { name: 'rows', op: 'Gather', inputs: ['table', 'x'], attrs: { axis: 0 } },
    { name: 'sum', op: 'ReduceSum', inputs: ['rows', 'axes'], attrs: { keepdims: 0 } },
    { name: 'y', op: 'Gemm', inputs: ['sum', 'W'] },
  ],
  tensors: {
    W: { file: 'deep/w.safetensors' },
    axes: { type: 'int64', shape: [1], data: [1] },
    table: { type: 'float32', shape: [4, 2], data: [1, 0, 2, 1, 0, 3, 1, 1] },
  },
};

beforeEach(() => {
  desk = openDesk();
  place('rules/mine.json', rule);
  place('rules/composites/inner.json', inner);
  place('rules/composites/outer.json', outer);
  place('x.npy', writeNpy(tensor('float32', [2, 2], [1, 2, 3, 4])));
  for (const [folder, graph, inputs] of [
    ['model', pictures, {}],
    ['words', texts, { x: tokens }],
  ] as const) {
    place(`${folder}/graph.json`, graph);
    place(`${folder}/model.json`, { ...document, inputs });
    place(`${folder}/deep/w.safetensors`, weights(2));
  }
  place('words/words/vocabulary.json', ['<unk>', 'good', 'bad', 'film']);
  place('words/samples.json', [{ text: 'good film' }, { text: 'Bad film' }]);
});
afterEach(() => desk.clear());

type Edit = readonly [what: string, edit: () => void];
const ofRules: readonly Edit[] = [
  ['a rule', () => place('rules/mine.json', { ...rule, message: `${rule.message} * 1` })],
  ['a composite', () => place('rules/composites/outer.json', { ...outer, rules: [...outer.rules].reverse() })],
  [
    'an included composite',
    () => place('rules/composites/inner.json', { ...inner, rules: [{ match: { name: 'y*' }, rule: 'epsilon' }] }),
  ],
  [
    'a pattern of an included composite',
    () => place('rules/composites/inner.json', { ...inner, rules: [{ match: { name: 'z*' }, rule: 'mine' }] }),
  ],
];

describe('a series', { timeout: 120_000 }, () => {
  const run = (): Promise<string> =>
    desk
      .run(
        'explain',
        'DIR/model',
        '--input',
        'DIR/x.npy',
        '--batch-size',
        '1',
        '--allow-open-ledger',
        '--rules',
        'DIR/rules',
        '--composite',
        'outer',
        '--out',
        'DIR/out',
      )
      .then(({ out, err }) => out + err);

  it.each<Edit>([
    ...ofRules,
    ['a weight', () => place('model/deep/w.safetensors', weights(3))],
    [
      'the graph',
      () => place('model/graph.json', { ...pictures, nodes: [{ ...pictures.nodes[0], attrs: { alpha: 2 } }] }),
    ],
    ['a label', () => place('model/model.json', { ...document, inputs: {}, labels: ['no', 'perhaps'] })],
    ['the input', () => place('x.npy', writeNpy(tensor('float32', [2, 2], [1, 2, 3, 5])))],
  ])('is made anew where %s was edited', async (_, edit) => {
    expect(await run()).toMatch(/^2 samples explained/);
    edit();
    expect(await run()).toMatch(/^2 samples explained: /);
    expect(await run()).toMatch(/^all 2 samples were explained by an earlier run/);
  });
});

describe('a comparison', { timeout: 120_000 }, () => {
  /** Keys of the methods that are kept. */
  const run = async (model: string): Promise<readonly string[]> => {
    const given = model === 'model' ? ['--input', 'DIR/x.npy'] : [];
    const { code, err } = await desk.run(
      'compare',
      `DIR/${model}`,
      ...given,
      '--methods',
      'outer,random',
      '--metrics',
      'gini',
      '--allow-open-ledger',
      '--rules',
      'DIR/rules',
      '--out',
      'DIR/out',
    );
    expect([code, err]).toEqual([0, '']);
    const folder = join(desk.folder, 'out/tiny');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly key: string }).key);
  };
  /** How many of the two methods are run again. */
  const changed = async (model: string, edit: () => void): Promise<number> => {
    const before = await run(model);
    expect(await run(model)).toEqual(before);
    edit();
    return (await run(model)).filter((key) => !before.includes(key)).length;
  };

  it.each<Edit>(ofRules)('runs what goes by it anew where %s was edited', async (_, edit) => {
    expect(await changed('model', edit)).toBe(1);
  });

  it.each<Edit>([
    ['a weight', () => place('words/deep/w.safetensors', weights(3))],
    ['the vocabulary', () => place('words/words/vocabulary.json', ['<unk>', 'film', 'bad', 'good'])],
    [
      'a word that no sample has',
      () => place('words/words/vocabulary.json', { '<unk>': 0, good: 1, bad: 2, film: 3, other: 4 }),
    ],
    [
      'the tokenizer',
      () => place('words/model.json', { ...document, inputs: { x: { text: { ...tokens.text, tokenizer: 'words' } } } }),
    ],
    [
      'what the tokenizer does with capitals',
      () => place('words/model.json', { ...document, inputs: { x: { text: { ...tokens.text, lowercase: true } } } }),
    ],
    ['a sample', () => place('words/samples.json', [{ text: 'good film' }, { text: 'bad good film' }])],
    ['the order of samples', () => place('words/samples.json', [{ text: 'Bad film' }, { text: 'good film' }])],
  ])('runs all anew where %s was edited', async (_, edit) => {
    expect(await changed('words', edit)).toBe(2);
  });
});
