import {
  apart,
  drawSamples,
  explain,
  ledgersOf,
  refusalOf,
  remarksOn,
  standingOf,
  type Explained,
  type Exported,
} from '@kirchhoff/explain';
import { fromNumbers, type Tensor } from '@kirchhoff/graph';
import { cliSays, problem, Refusal, type Problem, type Result } from '@kirchhoff/message';
import { ort } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import type { ExportArguments } from './export.js';

type Inputs = Readonly<Record<string, Tensor>>;

/** How far the file may be from the explanation that it is of, as a part of the largest value; both are float32. */
const tolerance = 1e-4;

interface Tried {
  readonly inputs: Inputs;
  readonly explained: Explained;
}

/** The explanation of random samples, with its ledger; the first of some sizes that the model runs on. */
const tryOut = async ({ model, composite, book, options }: ExportArguments): Promise<Result<Tried>> => {
  const { target = { kind: 'argmax' }, opset: _, ...rest } = options;
  const asked = { ...rest, ledger: true, target: target.kind === 'input' ? ({ kind: 'argmax' } as const) : target };
  let why: readonly Problem[] = [];
  for (const inputs of drawSamples(model.typed)) {
    const explained = await explain(model, composite, book, inputs, asked);
    if (E.isRight(explained)) return E.right({ inputs, explained: explained.right });
    why = explained.left;
  }
  return E.left(why);
};

/** What the exported graph is run on: the samples, and where it asks for them the outputs that were explained. */
const feedsOf = ({ graph }: Exported, { inputs, explained }: Tried): Inputs => {
  const targets = explained.report.samples.map(({ target }) => target ?? 0);
  return Object.fromEntries(
    graph.inputs.map(({ name, type }) => [
      name,
      inputs[name] ?? { type, shape: [targets.length], data: fromNumbers(type, targets) },
    ]),
  );
};

const runExported = async (exported: Exported, feeds: Inputs): Promise<Result<Readonly<Record<string, Tensor>>>> => {
  try {
    const session = await ort.compile(exported.graph, exported.store);
    return E.right(await session.run(feeds).finally(session.close));
  } catch (thrown) {
    if (thrown instanceof Refusal) return E.left(thrown.problems);
    throw thrown;
  }
};

/**
 * Tries an exported graph on random samples before it is written: the explanation must add up (else it is refused, unless
 * that is allowed), and the graph must give the relevances that `explain` gives. @returns what is to be said of it, line by line
 */
export const checkExport = async (
  args: ExportArguments,
  exported: Exported,
  allowOpen: boolean,
): Promise<Result<readonly string[]>> => {
  const tried = await tryOut(args);
  if (E.isLeft(tried)) return E.left(tried.left.map(({ at, message }) => problem(at || '--check', message)));
  const { explained } = tried.right;
  const standing = standingOf(ledgersOf(explained.report, []));
  const refused = refusalOf(standing, allowOpen);
  if (refused.length > 0) return E.left(refused);
  const outputs = await runExported(exported, feedsOf(exported, tried.right));
  if (E.isLeft(outputs)) return outputs;
  const { relevance, at } = exported.explanation;
  const maps = Object.entries({ ...relevance, ...at });
  const wanted = maps.map(([name]) => explained.relevance[name] ?? explained.at[name]!);
  const difference = apart(
    wanted,
    maps.map(([, output]) => outputs.right[output]!),
  );
  return difference > tolerance
    ? E.left([problem('--check', cliSays.exportDiffers(difference, tolerance))])
    : E.right([...remarksOn(standing), cliSays.exportChecked(explained.report.samples.length, difference)]);
};
