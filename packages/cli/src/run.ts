import { onTerminal, printProblems, tellProblems, withFlags, type Problem, type Result } from '@kirchhoff/message';
import { Command, CommanderError } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { addCommands } from './program.js';
import { problemsOf } from '@kirchhoff/explain/node';

/** Where a command writes what it has to say. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

type Outcome = TE.TaskEither<readonly Problem[], string>;

/** Runs a command; whatever is thrown inside becomes problems. */
const guarded = (run: () => Promise<Result<string>>): Outcome =>
  TE.flatten(TE.tryCatch(async () => TE.fromEither(await run()), problemsOf));

const distinct = (problems: readonly Problem[]): readonly Problem[] => {
  const said = new Map(problems.map((one) => [printProblems([one]), one]));
  return [...said.values()];
};

/** Runs the command line that `args` (without node and script) spell. @returns the exit code, 0 or 1. */
export const runProgram = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const out = (text: string): void => terminal.out(withFlags(text));
  const err = (text: string): void => terminal.err(withFlags(text));
  let code = 0;
  const program = new Command('kirchhoff')
    .description('Explain what a neural network rests its decision on, by rules that are formulas in JSON files.')
    .configureOutput({ writeOut: out, writeErr: (text) => err(onTerminal(text)) })
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists what there is)');
  addCommands(program, async (run) => {
    const outcome = await guarded(run)();
    if (E.isRight(outcome)) {
      out(`${onTerminal(outcome.right)}\n`);
    } else {
      err(`${tellProblems(distinct(outcome.left))}\n`);
      code = 1;
    }
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? 0 : 1;
  }
};
