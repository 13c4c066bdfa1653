import { existsSync } from 'node:fs';
import { cliSays, compareSays, problem, type Result } from '@kirchhoff/message';
import type { Sizes } from '@kirchhoff/explain';
import type { Range, StatedAxes } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';

type Parsed<A> = Result<A>;

const refuse = (at: string, message: string): Result<never> => E.left([problem(at, message)]);

/** `param=value` as a pair. */
const assignment = (option: string, text: string): Parsed<readonly [string, number]> => {
  const [name = '', value = '', ...rest] = text.split('=');
  const number = Number(value);
  return name === '' || value.trim() === '' || rest.length > 0 || !Number.isFinite(number)
    ? refuse(option, cliSays.noAssignment(text))
    : E.right([name.trim(), number]);
};

/** Collects results, all problems together. */
export const all = <A>(results: readonly Parsed<A>[]): Parsed<readonly A[]> => {
  const problems = results.flatMap((result) => (E.isLeft(result) ? result.left : []));
  return problems.length > 0
    ? E.left(problems)
    : E.right(results.flatMap((result) => (E.isRight(result) ? [result.right] : [])));
};

/** `--set param=value`, repeatable. */
export const parseSet = (texts: readonly string[]): Parsed<Readonly<Record<string, number>>> =>
  E.map((pairs: readonly (readonly [string, number])[]) => Object.fromEntries(pairs))(
    all(texts.map((text) => assignment('--set', text))),
  );

/** `--size NAME=NUMBER`, repeatable. */
export const parseSizes = (texts: readonly string[]): Parsed<Sizes> => {
  const sizes = all(
    texts
      .flatMap((text) => text.split(','))
      .map((text): Parsed<readonly [string, number]> => {
        const found = /^([A-Za-z_]\w*)=([1-9]\d*)$/.exec(text.trim());
        return found ? E.right([found[1]!, Number(found[2])]) : refuse('--size', cliSays.noSize(text));
      }),
  );
  return E.chain((pairs: readonly (readonly [string, number])[]): Parsed<Sizes> => {
    const twice = pairs.find(([name, size]) => pairs.some(([other, another]) => other === name && another !== size));
    return twice === undefined ? E.right(new Map(pairs)) : refuse('--size', cliSays.twoSizes(twice[0]));
  })(sizes);
};

export interface RuleArgument {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** `--rule NAME[:param=value,…]`. */
export const parseRule = (text: string): Parsed<RuleArgument> => {
  const colon = text.indexOf(':');
  if (colon < 0) return E.right({ name: text, parameters: {} });
  const pairs = all(
    text
      .slice(colon + 1)
      .split(',')
      .map((part) => assignment('--rule', part)),
  );
  return E.map((found: readonly (readonly [string, number])[]) => ({
    name: text.slice(0, colon),
    parameters: Object.fromEntries(found),
  }))(pairs);
};

/** `--range LOW,HIGH`; either may hold one number per channel, separated by `;`. */
export const parseRange = (text: string): Parsed<Range> => {
  const sides = text.split(',');
  const numbers = sides.map((side) => side.split(';').map((part) => (part.trim() === '' ? NaN : Number(part))));
  const [low, high] = numbers;
  if (sides.length !== 2 || low === undefined || high === undefined || !numbers.flat().every(Number.isFinite)) {
    return refuse('--range', cliSays.noRange(text));
  }
  const channels = Math.max(low.length, high.length);
  if (![low, high].every((side) => side.length === 1 || side.length === channels)) {
    return refuse('--range', cliSays.unevenRange(low.length, high.length));
  }
  const wide = (side: readonly number[]): readonly number[] =>
    side.length === 1 ? Array<number>(channels).fill(side[0]!) : side;
  if (wide(low).some((value, i) => value > wide(high)[i]!)) return refuse('--range', cliSays.emptyRange(text));
  return E.right(channels === 1 ? { low: low[0]!, high: high[0]! } : { low: wide(low), high: wide(high) });
};

const batchAxis = (text: string): Parsed<readonly [string, number | 'none']> => {
  const [, name = '', axis = ''] = /^(.+)=(\d+|none)$/.exec(text) ?? [];
  return name === ''
    ? refuse('--batch-axis', cliSays.noBatchAxis(text))
    : E.right([name, axis === 'none' ? axis : Number(axis)]);
};

/** `--batch-axis NAME=K` or `NAME=none`, repeatable. */
export const parseBatchAxes = (texts: readonly string[]): Parsed<StatedAxes> =>
  E.map((pairs: readonly (readonly [string, number | 'none'])[]) => Object.fromEntries(pairs))(
    all(texts.map(batchAxis)),
  );

/** A word out of a few. */
export const parseChoice = <A extends string>(option: string, text: string, choices: readonly A[]): Parsed<A> => {
  const found = choices.find((choice) => choice === text);
  return found === undefined ? refuse(option, cliSays.noChoice(text, choices)) : E.right(found);
};

/**
 * `--input name=file` or `--input file`: the name, if any, and the file. A name is any text (`x:0`, `serving/input`) before a
 * file that is there; what is no file is taken to have a name if that is none of a folder or a pattern.
 */
export const splitInput = (text: string): { readonly name: string | undefined; readonly file: string } => {
  if (existsSync(text)) return { name: undefined, file: text };
  const cuts = [...text.matchAll(/=/g)].map(({ index }) => index).filter((cut) => cut > 0 && cut < text.length - 1);
  const likely = /^[^=/\\*?[\]{}]+=./.test(text) ? cuts[0] : undefined;
  const cut = cuts.find((place) => existsSync(text.slice(place + 1))) ?? likely;
  return cut === undefined ? { name: undefined, file: text } : { name: text.slice(0, cut), file: text.slice(cut + 1) };
};

/** A finite number. */
export const parseNumber = (option: string, text: string): Result<number> =>
  text.trim() !== '' && Number.isFinite(Number(text))
    ? E.right(Number(text))
    : E.left([problem(option, compareSays.badNumber(text))]);

/** A whole number above 0. */
export const parseCount = (option: string, text: string): Result<number> =>
  /^[1-9]\d*$/.test(text) ? E.right(Number(text)) : E.left([problem(option, compareSays.badCount(text))]);

/** The path of an array, where one is given. */
export const parseFile = (option: string, path: string | undefined): Result<string | undefined> =>
  path === '' ? E.left([problem(option, cliSays.emptyArgument('a .npy file'))]) : E.right(path);

/** A text that is not empty. */
export const filled = (option: string, text: string, wanted: string): Result<string> =>
  text === '' ? E.left([problem(option, cliSays.emptyArgument(wanted))]) : E.right(text);
