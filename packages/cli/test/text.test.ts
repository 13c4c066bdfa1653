import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@kirchhoff/explain';
import { toNumbers } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

interface TextReport {
  readonly samples: readonly { readonly label: string; readonly relevance: number }[];
  readonly texts: readonly {
    readonly text: string;
    readonly tokens: readonly { readonly name: string; readonly known: boolean }[];
    readonly truncated: string | null;
    readonly relevance: readonly { readonly asked: string; readonly tokens: readonly number[] }[];
  }[];
}

let desk: Desk;
beforeEach(() => {
  desk = openDesk({ 'reviews.txt': '나쁘지 않다.\r\n\n좋지 않다.\n' });
});
afterEach(() => {
  desk.clear();
});

const read = (file: string): string => readFileSync(join(desk.folder, 'out', file), 'utf8');
const report = (): TextReport => JSON.parse(read('explanation.json')) as TextReport;
const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);

const explain = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await desk.run('explain', 'models/nsmc-lstm', ...args, '--out', 'DIR/out');
  expect(err).toBe('');
  expect(code).toBe(0);
  return out;
};

describe('explain a text', () => {
  test('a text that is too long is explained as far as it is read, and everything says so', async () => {
    const said = await explain('--text', '좋아요 '.repeat(40).trim());
    const notice = 'the text is too long: the model reads its first 60 tokens, and not the last 20';
    expect(said).toContain(notice);
    expect(read('text.html')).toContain(notice);
    const [text] = report().texts;
    expect(text!.truncated).toContain(notice);
    expect(text!.tokens).toHaveLength(60);
  });

  test('the lines of a file, whose morphemes sum to the relevance of each', async () => {
    const said = await explain('--text-file', 'DIR/reviews.txt', '--target', 'argmax,1');
    expect(said).toContain('긍정');
    expect(readdirSync(join(desk.folder, 'out')).sort()).toEqual([
      'explanation.json',
      'heatmap.png',
      'relevance-0-target-1.npy',
      'relevance-0.npy',
      'relevance-1-target-1.npy',
      'relevance-1.npy',
      'text.html',
    ]);
    const { samples, texts } = report();
    expect(texts.map(({ text }) => text)).toEqual(['나쁘지 않다.', '좋지 않다.']);
    expect(samples.map(({ label }) => label)).toEqual(['긍정', '부정']);
    texts.forEach(({ relevance, truncated }, i) => {
      expect(truncated).toBeNull();
      expect(relevance.map(({ asked }) => asked)).toEqual(['argmax', '1']);
      expect(total(relevance[0]!.tokens)).toBeCloseTo(samples[i]!.relevance, 5);
      const array = readNpy(readFileSync(join(desk.folder, 'out', `relevance-${i}.npy`)), 'relevance');
      if (E.isLeft(array)) throw new Error(JSON.stringify(array.left));
      expect(array.right.shape).toEqual([1, 5, 128]);
      expect(total(toNumbers(array.right.data))).toBeCloseTo(samples[i]!.relevance, 4);
    });
  });

  test('a word that the model does not know is said to be unknown', async () => {
    const said = await explain('--text', '쀍뚫이네 좋다');
    expect(said).toContain('Underlined: a token that the model does not know.');
    expect(report().texts[0]!.tokens.map(({ known }) => known)).toEqual([false, true, true]);
  });
});
