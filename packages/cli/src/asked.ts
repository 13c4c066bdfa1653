import { type Model } from '@kirchhoff/explain';
import {
  governing,
  openModel,
  openRulebook,
  type Asked,
  type InputFile,
  type LoadOptions,
  type Request,
} from '@kirchhoff/explain/node';
import type { Range } from '@kirchhoff/graph';
import { all, cliSays, problem, type Problem, type Result } from '@kirchhoff/message';
import type { PlanOptions } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { parseBatchAxes, parseRange, parseRule, parseSet, parseSizes, type RuleArgument } from './arguments.js';

export const modelIs = 'a model folder, a graph.json, an .onnx file or the name of a bundled model';

/** Which rules govern a model, as a person says it. */
export interface PlanFlags {
  readonly composite?: string;
  readonly rule: readonly string[];
  readonly rules: readonly string[];
  readonly set: readonly string[];
  readonly withoutRewrite: readonly string[];
  readonly batchAxis: readonly string[];
  readonly range?: string;
  readonly size: readonly string[];
  readonly output?: string;
}

const onlyRule = (texts: readonly string[]): Result<RuleArgument | undefined> => {
  const [text, ...more] = texts;
  if (text === undefined) return E.right(undefined);
  return more.length > 0 ? E.left([problem('--rule', cliSays.twoRules)]) : parseRule(text);
};

export const optional = <A>(text: string | undefined, parse: (text: string) => Result<A>): Result<A | undefined> =>
  text === undefined ? E.right(undefined) : parse(text);

const options: readonly string[] = [
  'at',
  'batch-axis',
  'output',
  'range',
  'rule',
  'set',
  'size',
  'target',
  'without-rewrite',
];

/** Problems of options as a person typed them; those of a plan as a whole, at what chose it. */
export const atOptions = (problems: readonly Problem[], flags: PlanFlags): readonly Problem[] => {
  const [rule] = flags.rule;
  const chosen = rule === undefined ? `--composite ${flags.composite ?? 'by default'}` : `--rule ${rule}`;
  return problems.map(({ at, message }) =>
    problem(at === '' ? chosen : options.includes(at) ? `--${at}` : at.startsWith('rule ') ? `--${at}` : at, message),
  );
};

const opened = async (
  path: string,
  load: Result<LoadOptions>,
  range: Result<Range | undefined>,
): Promise<Result<Model>> => {
  if (path === '') return E.left([problem('<model>', cliSays.emptyArgument(modelIs))]);
  return E.isLeft(load) ? load : openModel(path, load.right, E.isRight(range) ? range.right : undefined);
};

/** What was asked for, and the same as it is told to another thread. */
export interface Read extends Asked {
  readonly request: Request;
}

/**
 * What explain and inspect have in common: a model, the rulebook, and which rules are to govern it. Problems of all of them
 * together. @param files what will be given to the model
 */
export const readAsked = async (
  path: string,
  flags: PlanFlags,
  files: readonly InputFile[] = [],
): Promise<Result<Read>> => {
  const { composite, rules, withoutRewrite: without, output } = flags;
  const book = openRulebook(rules);
  if (E.isLeft(book)) return book;
  const range = optional(flags.range, parseRange);
  const sizes = parseSizes(flags.size);
  const batchAxes = parseBatchAxes(flags.batchAxis);
  const load = E.map((stated: Pick<LoadOptions, 'sizes' | 'batchAxes'>): LoadOptions => ({
    ...stated,
    without,
    files,
    output,
  }))(all({ sizes, batchAxes }));
  const model = await opened(path, load, range);
  const parsed = all({
    composite: governing(book.right, composite, path, model),
    rule: onlyRule(flags.rule),
    set: parseSet(flags.set),
    range,
    load,
    model,
  });
  if (E.isLeft(parsed)) return parsed;
  const { rule, set, ...found } = parsed.right;
  const plan: PlanOptions = { rule, set };
  const request = { path, load: found.load, range: found.range, rules, composite, plan };
  return E.right({ model: found.model, book: book.right, composite: found.composite, plan, request });
};
