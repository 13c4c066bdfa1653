#!/usr/bin/env node
import { printProblems, Refusal, cliSays, problem, type Problem } from '@kirchhoff/message';
import { Command, CommanderError } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { addCommands } from './program.js';

type Outcome = TE.TaskEither<readonly Problem[], string>;

/** Runs a command; whatever is thrown inside becomes problems. */
const guarded = (run: () => Promise<E.Either<readonly Problem[], string>>): Outcome =>
  TE.flatten(
    TE.tryCatch(
      async () => TE.fromEither(await run()),
      (thrown): readonly Problem[] =>
        thrown instanceof Refusal
          ? thrown.problems
          : [problem('', cliSays.unexpected(thrown instanceof Error ? thrown.message : String(thrown)))],
    ),
  );

const report = (outcome: E.Either<readonly Problem[], string>): void => {
  if (E.isRight(outcome)) {
    process.stdout.write(`${outcome.right}\n`);
  } else {
    process.stderr.write(`${printProblems(outcome.left)}\n`);
    process.exitCode = 1;
  }
};

const program = new Command('kirchhoff')
  .description('Explain what a neural network rests its decision on, by rules that are formulas in JSON files.')
  .exitOverride()
  .showSuggestionAfterError();
addCommands(program, async (run) => report(await guarded(run)()));

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = thrown.exitCode === 0 ? 0 : 1;
}
