import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from '@kirchhoff/explain';
import { tensor } from '@kirchhoff/graph';
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

const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

describe('a chain of 10,000 nodes', { timeout: 300_000 }, () => {
  it.each<readonly [what: string, links: readonly Link[]]>([
    [
      'products and Relus',
      [
        ['MatMul', ['W']],
        ['Relu', []],
      ],
    ],
    ['sums with a constant', [['Add', ['b']]]],
    ['sums with the input', [['Add', ['x']]]],
    ['sums of a value with itself', [['Add', ['again']]]],
    ['layers', [['Gemm', ['W', 'b']]]],
    ['elementwise functions', [['Tanh', []]]],
    ['shapes', [['Reshape', ['s']]]],
  ])('of %s takes time in proportion to its length', async (_, links) => {
    const inspect = async (length: number): Promise<number> => {
      writeFileSync(join(desk.folder, 'chain.json'), JSON.stringify(chain(links, length)));
      const before = process.cpuUsage();
      const { code, err } = await desk.run('inspect', 'DIR/chain.json', '--rule', 'epsilon');
      expect([code, err]).toEqual([0, '']);
      return seconds(process.cpuUsage(before));
    };
    await inspect(100);
    const [short, long] = [await inspect(2500), await inspect(10000)];
    expect(long).toBeLessThan(10 * Math.max(short, 0.5));
  });

  it('is explained', async () => {
    writeFileSync(
      join(desk.folder, 'chain.json'),
      JSON.stringify(
        chain(
          [
            ['MatMul', ['W']],
            ['Relu', []],
          ],
          10000,
        ),
      ),
    );
    writeFileSync(join(desk.folder, 'x.npy'), writeNpy(tensor('float32', [1, 2], [1, 2])));
    const { code, out, err } = await desk.run(
      'explain',
      'DIR/chain.json',
      '--input',
      'DIR/x.npy',
      '--rule',
      'epsilon',
      '--no-ledger',
      '--out',
      'DIR/out',
    );
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('relevance.npy');
  });
});
