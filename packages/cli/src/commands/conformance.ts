import { addProblems, cliSays, problem, type Problem, type Result } from '@kirchhoff/message';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { statSync } from 'node:fs';
import { caseFolders, openCase } from '../conformance/case.js';
import { judge, type Outcome, type Verdict } from '../conformance/verdict.js';
import { table } from '../columns.js';
import type { Run } from '../options.js';

interface ConformanceOptions {
  /** Only cases whose name contains this. */
  readonly only?: string;
  /** Also say why cases are unsupported or disputed. */
  readonly reasons?: boolean;
}

const outcomes: readonly Outcome[] = ['passed', 'unsupported', 'disputed', 'failed'];

const rowOf = (name: string, verdicts: readonly Verdict[]): readonly string[] => [
  name,
  String(verdicts.length),
  ...outcomes.map((outcome) => String(verdicts.filter((one) => one.outcome === outcome).length)),
];

const tableOf = (verdicts: readonly Verdict[]): string => {
  const operators = [...new Set(verdicts.flatMap(({ operators }) => operators))].sort();
  return table(
    ['operator', 'cases', ...outcomes],
    [
      ...operators.map((operator) =>
        rowOf(
          operator,
          verdicts.filter(({ operators }) => operators.includes(operator)),
        ),
      ),
      rowOf('all cases', verdicts),
    ],
  );
};

/**
 * `conformance DIR`: runs every test case below a folder on both backends and counts by operator what passed, what is
 * unsupported, what onnxruntime itself does not pass (disputed), and what failed. A case with several operators counts
 * for each of them. Refused where any case failed.
 */
const conformanceCommand = async (
  folder: string,
  { only = '', reasons = false }: ConformanceOptions,
): Promise<Result<string>> => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    return E.left([problem(folder, cliSays.noCases())]);
  const folders = caseFolders(folder).filter((path) => path.includes(only));
  if (folders.length === 0) return E.left([problem(folder, cliSays.noCases())]);
  const problems: Problem[] = [];
  const verdicts: Verdict[] = [];
  for (const path of folders) {
    const opened = openCase(folder, path);
    if (E.isLeft(opened)) addProblems(problems, opened.left);
    else verdicts.push(await judge(opened.right));
  }
  const of = (outcome: Outcome): readonly Verdict[] => verdicts.filter((one) => one.outcome === outcome);
  const told = reasons
    ? (['unsupported', 'disputed'] as const).flatMap((outcome) =>
        of(outcome).map(({ name, reason }) => `${outcome}: ${name}: ${reason}`),
      )
    : [];
  const failed = of('failed').map(({ name, reason }) => problem(name, cliSays.caseFailed(reason)));
  const text = [tableOf(verdicts), ...(told.length > 0 ? ['', ...told] : [])].join('\n');
  return problems.length + failed.length > 0 ? E.left([problem('', text), ...problems, ...failed]) : E.right(text);
};

/** Adds `conformance`. */
export const addConformance = (program: Command, run: Run): void => {
  program
    .command('conformance')
    .argument('<dir>', 'a folder of ONNX test cases: model.onnx beside test_data_set_*/input_*.pb and output_*.pb')
    .description('Run ONNX test cases on both backends, and count by operator what passes.')
    .option('--only <text>', 'only cases whose path contains this')
    .option('--reasons', 'also say why cases are unsupported, or disputed: onnxruntime itself does not pass them')
    .action((folder: string, flags: ConformanceOptions) => run(async () => conformanceCommand(folder, flags)));
};
