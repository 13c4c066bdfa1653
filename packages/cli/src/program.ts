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

/** Adds every command to the program. */
export const addCommands = (program: Command, run: Run): void => commands.forEach((add) => add(program, run));
