import { chooseOutput, withRange, type Model } from '@kirchhoff/explain';
import { type InputFile, loadModel, openRulebook, readDocument } from '@kirchhoff/explain/node';
import { all, cliSays, problem, within, type Problem, type Result } from '@kirchhoff/message';
import { decodeComposite, findComposite, type Composite, type PlanOptions, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { parseBatchAxes, parseRange, parseRule, parseSet, parseSizes, type RuleArgument } from './arguments.js';

/** Where neither the person nor model.json names one. */
export const defaultComposite = 'epsilon-plus-flat';

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

/** A model and what is to govern it. */
export interface Asked {
  readonly model: Model;
  readonly book: Rulebook;
  readonly composite: Composite;
  readonly plan: PlanOptions;
}

const openComposite = (book: Rulebook, asked: string): Result<Composite> =>
  asked.endsWith('.json')
    ? readDocument(asked, decodeComposite)
    : E.mapLeft((problems: readonly Problem[]) => within('--composite', problems))(findComposite(book, asked));

/** The composite that a model's document names: always one of the rulebook, never a file. */
const ownComposite = (book: Rulebook, folder: string, name: string): Result<Composite> =>
  E.mapLeft((problems: readonly Problem[]) => within(`${join(folder, 'model.json')} /composite`, problems))(
    findComposite(book, name),
  );

const openModel = async (
  path: string,
  { withoutRewrite, batchAxis, size, output }: PlanFlags,
  files: readonly InputFile[],
): Promise<Result<Model>> => {
  if (path === '') return E.left([problem('<model>', cliSays.emptyArgument(modelIs))]);
  const sizes = parseSizes(size);
  const batchAxes = parseBatchAxes(batchAxis);
  const parsed = all({ sizes, batchAxes });
  if (E.isLeft(parsed)) return parsed;
  const options = {
    without: withoutRewrite,
    batchAxes: parsed.right.batchAxes,
    sizes: parsed.right.sizes,
    files,
    ...(output !== undefined && { output }),
  };
  return E.chain((model: Model) => chooseOutput(model, output))(await loadModel(path, options));
};

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

/**
 * What explain and inspect have in common: a model, the rulebook, and which rules are to govern it. Problems of all of them
 * together. @param files what will be given to the model
 */
export const readAsked = async (
  path: string,
  flags: PlanFlags,
  files: readonly InputFile[] = [],
): Promise<Result<Asked>> => {
  const book = openRulebook(flags.rules);
  if (E.isLeft(book)) return book;
  const opened = await openModel(path, flags, files);
  const own = E.isRight(opened) ? opened.right.document?.composite : undefined;
  const composite =
    flags.composite === undefined && own !== undefined
      ? ownComposite(book.right, path, own)
      : openComposite(book.right, flags.composite ?? defaultComposite);
  const rule = onlyRule(flags.rule);
  const set = parseSet(flags.set);
  const range = optional(flags.range, parseRange);
  const model =
    E.isRight(opened) && E.isRight(range) && range.right !== undefined ? withRange(opened.right, range.right) : opened;
  const parsed = all({ composite, rule, set, range, model });
  if (E.isLeft(parsed)) return parsed;
  const plan = { set: parsed.right.set, ...(parsed.right.rule && { rule: parsed.right.rule }) };
  return E.right({ model: parsed.right.model, book: book.right, composite: parsed.right.composite, plan });
};
