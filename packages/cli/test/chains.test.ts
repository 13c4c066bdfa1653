import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.clear());

type Link = readonly [op: string, further: readonly string[]];

/** A chain of `length` nodes that repeats its links. */
const chain = (links: readonly Link[], length: number): object => {
  const at = (i: number): string => (i < 0 ? 'x' : `n${i}`);
  const nodes = Array.from({ length }, (_, i) => {
    const [op, further] = links[i % links.length]!;
    return { name: at(i), op, inputs: [at(i - 1), ...further.map((name) => (name === 'again' ? at(i - 1) : name))] };
  });
  return {
    format: 'kirchhoff-graph/1',
    name: 'chain',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    nodes,
    outputs: [at(length - 1)],
    tensors: {
      W: { type: 'float32', shape: [2, 2], data: [1, 0, 0, 1] },
      b: { type: 'float32', shape: [2], data: [0.001, 0.002] },
      s: { type: 'int64', shape: [2], data: [-1, 2] },
    },
  };
};

describe('a chain of 10,000 nodes', () => {
  it.each<readonly [what: string, links: readonly Link[]]>([
    ['sums with a constant', [['Add', ['b']]]],
    ['shapes', [['Reshape', ['s']]]],
    [
      'products and Relus',
      [
        ['MatMul', ['W']],
        ['Relu', []],
      ],
    ],
  ])('of %s is no deeper than one of ten', async (_, links) => {
    writeFileSync(join(desk.folder, 'chain.json'), JSON.stringify(chain(links, 10000)));
    const { code, err } = await desk.run('inspect', 'DIR/chain.json', '--rule', 'epsilon');
    expect([code, err]).toEqual([0, '']);
  });
});
