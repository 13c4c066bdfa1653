import { keyOfAll, libraryVersion, modelKey, rulesKey, type InputFile } from '@kirchhoff/explain/node';
import { statSync } from 'node:fs';
import type { Asked } from '../asked.js';
import type { EngineSetup } from './engine.js';

/** A file that is given: whatever changes it changes one of these. */
const identity = ({ name, file }: InputFile): readonly unknown[] => {
  const status = statSync(file, { throwIfNoEntry: false, bigint: true });
  return [name, file, status?.size, status?.mtimeNs, status?.ctimeNs];
};

/** Tells series apart: another version, model, rule, option or file makes another key. */
export const keyOf = (
  { model, composite, book, plan }: Asked,
  { path, flags, options }: EngineSetup,
  files: readonly InputFile[],
  more: readonly unknown[],
): string =>
  keyOfAll(
    libraryVersion(),
    modelKey(model, path),
    rulesKey(book, composite, plan.rule === undefined ? [] : [plan.rule.name]),
    [flags, options, plan],
    files.map(identity),
    more,
  );
