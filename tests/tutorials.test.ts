import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { runProgram } from '@kirchhoff/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, root } from './repository.js';

/** What a tutorial shows, from top to bottom. */
type Item =
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'output'; readonly lines: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

const command = 'npx kirchhoff ';

/** A command line's words; quoted ones may hold spaces. */
const words = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

const cells = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim().replaceAll('`', ''));

/** The commands, quoted outputs and tables of morphemes of a page. */
const itemsOf = (text: string): readonly Item[] =>
  [...text.matchAll(/^```(sh|text)\n([\s\S]*?)^```$|^\| morpheme [\s\S]*?(?=\n\n)/gm)].flatMap(
    ([table, language, block = '']): readonly Item[] => {
      const lines = block.split('\n').filter((line) => line !== '');
      if (language === 'text') return [{ kind: 'output', lines }];
      if (language === 'sh')
        return lines.map((line) => {
          expect(line.startsWith(command)).toBe(true);
          return { kind: 'command', args: words(line.slice(command.length)) };
        });
      const [head = '', , ...rows] = table.split('\n');
      return [{ kind: 'table', head: cells(head), rows: rows.map(cells) }];
    },
  );

const numberIn = (word: string): number => Number(word.replace('−', '-'));

/** Words alike, and numbers to four of their digits: backends and machines round differently. */
const agree = (quoted: string, found: string): boolean => {
  const [wanted, got] = [quoted, found].map((line) => line.trim().split(/\s+/)) as [string[], string[]];
  return wanted.every((word, i) => {
    const other = got[i] ?? '';
    if (word === other) return true;
    const [a, b] = [numberIn(word), numberIn(other)];
    return Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b));
  });
};

interface Texts {
  readonly composite: string;
  readonly texts: readonly {
    readonly tokens: readonly { readonly name: string; readonly id: number }[];
    readonly relevance: readonly { readonly tokens: readonly number[] }[];
  }[];
}

const tutorials = filesBelow('docs/tutorials', '.md').filter(({ text }) => text.includes(command));

describe.each(tutorials)('$path', ({ text }) => {
  const items = itemsOf(text);
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kirchhoff-tutorial-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows commands and what comes of them', () => {
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['command', 'output', 'table']));
    expect(items[0]?.kind).toBe('command');
  });

  it('says what its commands say', async () => {
    let said: readonly string[] = [];
    let report: Texts | undefined;
    for (const item of items) {
      if (item.kind === 'command') {
        const out = item.args[0] === 'explain' ? ['--out', folder] : [];
        const args = item.args.map((word) => (/^(models|specs)\//.test(word) ? join(root, word) : word));
        const told = { out: '', err: '' };
        const code = await runProgram([...args, ...out], {
          out: (line) => (told.out += line),
          err: (line) => (told.err += line),
        });
        expect(told.err).toBe('');
        expect(code).toBe(0);
        said = stripVTControlCharacters(told.out).split('\n');
        report =
          out.length === 0 ? undefined : (JSON.parse(readFileSync(join(folder, 'explanation.json'), 'utf8')) as Texts);
      } else if (item.kind === 'output') {
        let at = 0;
        for (const line of item.lines) {
          const place = said.findIndex((one, i) => i >= at && agree(line, one));
          expect(place, `not said, or not in this order: ${line}`).toBeGreaterThanOrEqual(0);
          at = place + 1;
        }
      } else {
        const tokens = report!.texts.flatMap((one) =>
          one.tokens.map((token, i) => ({ ...token, relevance: one.relevance[0]!.tokens[i]! })),
        );
        expect(item.rows.map(([name]) => name)).toEqual(tokens.map(({ name }) => name));
        item.head.forEach((column, c) => {
          if (column !== 'id' && !column.includes('-') && column !== 'sensitivity') return;
          if (column !== 'id') expect(column).toBe(report!.composite);
          item.rows.forEach((row, i) => {
            const written = row[c]!;
            const digits = /\.(\d+)$/.exec(written)?.[1]!.length ?? 0;
            const value = column === 'id' ? tokens[i]!.id : tokens[i]!.relevance;
            const off = Math.abs(numberIn(written) - value);
            expect(off, `${row[0]}: ${written}, found ${value}`).toBeLessThanOrEqual(0.6 * 10 ** -digits);
          });
        });
      }
    }
  });
});
