import { seriesSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import type { InputFile } from './inputs.js';

const byName = new Intl.Collator('en', { numeric: true });

/** The files that patterns such as `photos/*.jpg` stand for, in the order of their names; files named as they are stay. */
export const expandPatterns = (given: readonly InputFile[]): Result<readonly InputFile[]> => {
  const problems: Problem[] = [];
  const files = given.flatMap(({ name, file }): readonly InputFile[] => {
    if (existsSync(file) || !isDynamicPattern(file)) return [{ name, file }];
    const found = globSync(file, { expandDirectories: false, absolute: isAbsolute(file) }).toSorted(byName.compare);
    if (found.length === 0) problems.push(problem(file, seriesSays.noMatch));
    return found.map((one) => ({ name, file: one }));
  });
  return problems.length > 0 ? E.left(problems) : E.right(files);
};

/** Whether any file is named by a pattern. */
export const hasPattern = (given: readonly InputFile[]): boolean =>
  given.some(({ file }) => !existsSync(file) && isDynamicPattern(file));
