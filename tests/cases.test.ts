import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, type Report } from '@kirchhoff/explain';
import { sizeOf, toNumbers, type Tensor } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk, root, type Desk } from '../packages/cli/test/terminal.js';

type Nested = number | readonly Nested[];

/** What a comparison's results.json holds, as far as cases speak of it. */
interface Results {
  readonly models: readonly {
    readonly methods: readonly {
      readonly name: string;
      readonly ledgers: readonly ({ readonly input: number } | null)[];
    }[];
  }[];
}

/** See specs/cases/README.md. */
interface Case {
  readonly about: string;
  readonly from: string;
  readonly args: readonly string[];
  readonly backends?: readonly ('reference' | 'ort')[];
  readonly refused?: string;
  readonly expect?: {
    readonly scores?: readonly number[];
    readonly targets?: readonly (number | null)[];
    readonly relevance?: Readonly<Record<string, Nested>>;
    readonly summed?: Readonly<Record<string, { readonly over: readonly number[]; readonly values: Nested }>>;
    readonly total?: readonly number[];
    readonly methods?: Readonly<Record<string, readonly number[]>>;
    readonly tolerance?: number;
    readonly says?: readonly string[];
  };
}

const folder = join(root, 'specs/cases');

const casesBelow = (path: string): readonly string[] =>
  readdirSync(join(folder, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const inside = path === '' ? name : `${path}/${name}`;
      return [...(existsSync(join(folder, inside, 'case.json')) ? [inside] : []), ...casesBelow(inside)];
    });

const flat = (value: Nested): readonly number[] => (typeof value === 'number' ? [value] : value.flatMap(flat));

const shapeOf = (value: Nested): readonly number[] =>
  typeof value === 'number' ? [] : [value.length, ...(value.length > 0 ? shapeOf(value[0]!) : [])];

/** Σ over axes, which keep no place in the shape. */
const summed = ({ shape, data }: Tensor, over: readonly number[]): { shape: readonly number[]; data: Float64Array } => {
  const kept = shape.map((_, axis) => axis).filter((axis) => !over.includes(axis));
  const target = kept.map((axis) => shape[axis]!);
  const sums = new Float64Array(sizeOf(target));
  toNumbers(data).forEach((value, at) => {
    let rest = at;
    const index = shape.toReversed().map((size) => {
      const place = rest % size;
      rest = (rest - place) / size;
      return place;
    });
    index.reverse();
    const into = kept.reduce((place, axis) => place * shape[axis]! + index[axis]!, 0);
    sums[into] = sums[into]! + value;
  });
  return { shape: target, data: sums };
};

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => {
  desk.clear();
});

const mapOf = (out: string, input: string): Tensor => {
  const named = join(out, `relevance-${input}.npy`);
  const path = existsSync(named) ? named : join(out, 'relevance.npy');
  const read = readNpy(readFileSync(path), path);
  if (E.isLeft(read)) throw new Error(JSON.stringify(read.left));
  return read.right;
};

describe.each(casesBelow(''))('%s', (name) => {
  const place = join(folder, name);
  const {
    about,
    from,
    args,
    backends = args[0] === 'compare' ? ['ort'] : ['reference', 'ort'],
    refused,
    expect: wanted,
  } = JSON.parse(readFileSync(join(place, 'case.json'), 'utf8')) as Case;

  /** Words that are files of the case are found there. */
  const placed = args.map((word) => {
    const cut = word.indexOf('=');
    const [lead, file] = cut < 0 ? ['', word] : [word.slice(0, cut + 1), word.slice(cut + 1)];
    return file !== '' && !file.startsWith('-') && existsSync(join(place, file)) ? lead + join(place, file) : word;
  });

  test('says what it is about, and one thing that must come of it', () => {
    expect(about).not.toBe('');
    expect(from).not.toBe('');
    expect([refused, wanted].filter((one) => one !== undefined)).toHaveLength(1);
  });

  test.each(backends)('on %s', async (backend) => {
    const out = join(desk.folder, 'out');
    const {
      code,
      out: said,
      err,
    } = await desk.run(...placed, ...(args[0] === 'compare' ? [] : ['--backend', backend]), '--out', out);
    if (refused !== undefined) {
      expect(err.trim().replaceAll(`specs/cases/${name}`, 'CASE')).toBe(refused);
      expect(code).toBe(1);
      expect(existsSync(out)).toBe(false);
      return;
    }
    expect(err).toBe('');
    expect(code).toBe(0);
    const { scores, targets, relevance = {}, summed: sums = {}, total, methods, tolerance = 2e-6, says = [] } = wanted!;
    const share = backend === 'ort' ? 1e-4 : 1e-5;
    const near = (found: ArrayLike<number>, right: readonly number[], what: string): void => {
      const bound = tolerance + share * Math.max(0, ...right.map(Math.abs));
      expect(found.length, what).toBe(right.length);
      const worst = right.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
      expect(worst, `${what}: ${Array.from(found).slice(0, 24).join(', ')}`).toBeLessThanOrEqual(bound);
    };
    for (const piece of says) expect(said).toContain(piece);
    if (methods !== undefined) {
      const { models } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
      for (const one of models[0]!.methods)
        near(
          one.ledgers.map((ledger) => ledger!.input),
          methods[one.name]!,
          one.name,
        );
      return;
    }
    const report = JSON.parse(readFileSync(join(out, 'explanation.json'), 'utf8')) as Report;
    for (const { ledger } of report.samples) {
      expect(ledger?.closure ?? 0).toBeLessThanOrEqual(backend === 'ort' ? 1e-4 : 1e-9);
    }
    if (targets) expect(report.samples.map(({ target }) => target)).toEqual(targets);
    if (scores)
      near(
        report.samples.map(({ score }) => score ?? Number.NaN),
        scores,
        'scores',
      );
    for (const [input, values] of Object.entries(relevance)) {
      const map = mapOf(out, input);
      expect(map.shape).toEqual(shapeOf(values));
      near(toNumbers(map.data), flat(values), input);
    }
    for (const [input, { over, values }] of Object.entries(sums)) {
      const map = summed(mapOf(out, input), over);
      expect(map.shape).toEqual(shapeOf(values));
      near(map.data, flat(values), input);
    }
    if (total)
      near(
        report.samples.map((sample) => sample.relevance),
        total,
        'total',
      );
  });
});
