import { defaultComposite } from '@kirchhoff/explain/node';
import type { Result } from '@kirchhoff/message';
import { Option, type Command } from 'commander';

/** Runs what a command does, and says what comes of it. */
export type Run = (command: () => Promise<Result<string>>) => Promise<void>;

/** Adds a value of an option that may be given many times. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(collect).default([], 'none');

export const rulesOption = (): Option =>
  repeatable('--rules <dir>', 'a further folder of rule documents, with composites/ inside (repeatable)');

const sizeOption = (): Option =>
  repeatable('--size <name=number>', 'state a size that the model leaves open, such as T=128 (repeatable)');

const outputOption = (): Option =>
  new Option('--output <name>', 'the output to explain; default: the first of real numbers');

/** The options that say which rules govern a model. */
export const planOptions = (command: Command): Command =>
  command
    .option(
      '--composite <name|file>',
      `which rule governs which node; default: as model.json says, else ${defaultComposite}`,
    )
    .addOption(
      new Option('--rule <name[:param=value,…]>', 'one rule on all weighted nodes; the composite governs the rest')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(repeatable('--set <param=value>', 'set a parameter wherever a rule of the plan has it (repeatable)'))
    .addOption(rulesOption())
    .addOption(repeatable('--without-rewrite <name>', 'leave a rewrite of the graph out (repeatable)'))
    .addOption(
      repeatable('--batch-axis <name=K|none>', 'the axis of an input along which samples lie; proved (repeatable)'),
    )
    .addOption(sizeOption())
    .addOption(outputOption())
    .option('--range <low,high>', 'bounds of the inputs, in place of declared ones; one per channel separated by ";"');
