import { cliSays } from '@kirchhoff/message';
import type { Command } from 'commander';
import { addCompare } from './commands/compare.js';
import { addConformance } from './commands/conformance.js';
import { addDemo } from './commands/demo.js';
import { addExplain } from './commands/explain.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addInspect } from './commands/inspect.js';
import { addRules } from './commands/rules.js';
import { addVerify } from './commands/verify.js';
import type { Run } from './options.js';

/** Every command, in the order in which help lists them. */
const commands: readonly ((program: Command, run: Run) => void)[] = [
  addExplain,
  addInspect,
  addCompare,
  addRules,
  addDemo,
  addImport,
  addExport,
  addConformance,
  addVerify,
];

/** Refuses an option of one value that is given twice: commander would keep the last without a word. */
const refuseTwice = (command: Command): void => {
  for (const { long, name, required, optional, parseArg } of command.options.map((one) => ({
    ...one,
    name: one.name(),
  }))) {
    if (parseArg !== undefined || !(required || optional)) continue;
    let given = 0;
    command.on(`option:${name}`, () => {
      given += 1;
      if (given > 1) command.error(`error: ${cliSays.givenTwice(long ?? name)}`);
    });
  }
};

/** Adds every command to the program. */
export const addCommands = (program: Command, run: Run): void => {
  commands.forEach((add) => add(program, run));
  program.commands.forEach(refuseTwice);
};
