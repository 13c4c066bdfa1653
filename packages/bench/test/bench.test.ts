import { prepareModel, type Model } from '@kirchhoff/explain';
import type { StoredTensor } from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import { median } from '../src/median.js';
import { networks, type NetworkName } from '../src/networks.js';
import { costsOf } from '../src/profile.js';
import { chooseRows, rows, type Row } from '../src/rows.js';
import { demand, explainSubject, openRulebook } from '../src/subject.js';
import { formatCosts, formatRows, missed } from '../src/summary.js';

const book = demand(openRulebook());

/** The network with a sixteenth of its channels: the same nodes, small enough to plan at once. */
const small = (name: NetworkName): Model => {
  const { graph, weights } = networks[name]({ side: 32, share: 1 / 16 });
  const store = new Map<string, StoredTensor>(
    [...weights].map(([key, { type, shape, data }]) => [key, { type, shape, read: () => data }]),
  );
  return demand(prepareModel(name, graph, store));
};

const models: { readonly [N in NetworkName]: Model } = { vgg16: small('vgg16'), resnet50: small('resnet50') };

describe('networks', () => {
  test.each<[NetworkName, readonly (number | string)[], number, number]>([
    ['vgg16', ['N', 1000], 13, 3],
    ['resnet50', ['N', 1000], 53, 1],
  ])('%s', (name, shape, convolutions, dense) => {
    const { typed } = models[name];
    const count = (op: string): number => typed.graph.nodes.filter((node) => node.op === op).length;
    expect(typed.types.get(typed.graph.outputs[0]!)?.shape).toEqual(shape);
    expect([count('Conv'), count('Gemm'), count('BatchNormalization')]).toEqual([convolutions, dense, 0]);
  });

  test('weights follow from the seed alone', () => {
    const [one, other] = [0, 1].map(() => networks.vgg16({ side: 32, share: 1 / 16 }).weights.get('fc8.weight'));
    expect(one).toEqual(other);
  });
});

describe('passes', () => {
  test.each<[NetworkName, string, number]>([
    ['vgg16', 'epsilon', 32],
    ['vgg16', 'z-plus', 50],
    ['vgg16', 'alpha-beta', 68],
    ['vgg16', 'epsilon-plus-flat', 45],
    ['vgg16', 'epsilon-gamma-box', 47],
    ['resnet50', 'epsilon', 142],
    ['resnet50', 'alpha-beta', 307],
    ['resnet50', 'epsilon-plus-flat', 195],
  ])('%s %s: %i runs of linear operators', (name, composite, runs) => {
    const { passes } = demand(explainSubject(models[name], book, composite));
    expect(passes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0)).toBe(runs);
  });
});

const row: Row = {
  model: 'vgg16',
  composite: 'epsilon',
  batch: 1,
  forwardMs: 180,
  explainMs: 450,
  sampleMs: 450,
  ratio: 2.5,
  passes: 32,
  buildMs: 70,
  setupMs: 400,
  peakMB: 1900,
};

describe('the table', () => {
  test('names in columns to the left, numbers to the right', () => {
    const text = formatRows(
      [row, { ...row, composite: 'z-plus', batch: 8, ratio: 3, forwardMs: 1800, fusedMs: 90.5 }],
      rows,
    );
    expect(text.split('\n')).toEqual([
      'model  composite  batch  forward  explain  sample  fused  ratio  bound  passes  build  set-up  peak',
      'vgg16  epsilon        1      180      450     450      -   2.50    2.4      32     70     400  1900',
      'vgg16  z-plus         8     1800      450     450   90.5   3.00      -      32     70     400  1900',
    ]);
  });

  test('says which bounds were missed, and nothing where none was', () => {
    expect(missed([row], rows)).toEqual(['vgg16 epsilon batch 1: ratio 2.50, bound 2.4']);
    expect(missed([{ ...row, ratio: 2.4 }], rows)).toEqual([]);
    expect(missed([{ ...row, ratio: 2, buildMs: 1001, setupMs: 6001, peakMB: 3001 }], rows)).toHaveLength(3);
  });

  test('says where a batch does not make its samples cheaper', () => {
    const alone: Row = { ...row, model: 'nsmc-lstm', composite: 'lstm-signal-take-all', ratio: 2, sampleMs: 1 };
    const batch: Row = { ...alone, batch: 64, sampleMs: 0.6 };
    expect(missed([alone, batch], rows)).toEqual([
      'nsmc-lstm lstm-signal-take-all batch 64: a sample takes 0.60 of what it takes alone, bound 0.5',
    ]);
    expect(missed([alone, { ...batch, sampleMs: 0.5 }], rows)).toEqual([]);
    expect(missed([batch], rows)).toEqual([]);
  });

  test('rows by model and by composite', () => {
    expect(chooseRows(undefined, [])).toEqual(rows);
    expect(chooseRows('resnet50', ['epsilon']).map(({ batch }) => batch)).toEqual([1, 8, 1]);
    expect(chooseRows('vgg19', [])).toEqual([]);
  });

  test('median', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

describe('a profile', () => {
  const ran = (node: string, op: string, dur: number) => ({
    cat: 'Node',
    name: `${node}_kernel_time`,
    dur,
    args: { op_name: op },
  });

  test('the first run is left out, the others are averaged', () => {
    const events = [
      { cat: 'Session', name: 'model_run', dur: 99 },
      ran('a', 'Conv', 9000),
      ran('b', 'Div', 9000),
      ran('a', 'Conv', 2000),
      ran('b', 'Div', 1000),
      ran('a', 'Conv', 4000),
      ran('b', 'Div', 1000),
    ];
    const { nodes, operators, ms } = costsOf(events, 3);
    expect(ms).toBe(4);
    expect(nodes.map(({ name, ms }) => [name, ms])).toEqual([
      ['a', 3],
      ['b', 1],
    ]);
    expect(operators.map(({ op, share }) => [op, share])).toEqual([
      ['Conv', 0.75],
      ['Div', 0.25],
    ]);
    expect(formatCosts(nodes, 1)).toBe('a  Conv  3.0  75.0 %');
  });
});
