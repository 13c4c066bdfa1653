import { statSync } from 'node:fs';
import type { InputFile } from '../inputs.js';
import type { Asked } from '../request.js';
import { keyOfAll, libraryVersion, modelKey, rulesKey } from '../store/key.js';
import type { EngineSetup } from './engine.js';

/** A file that is given: whatever changes it changes one of these. */
const identity = ({ name, file }: InputFile): readonly unknown[] => {
  const status = statSync(file, { throwIfNoEntry: false, bigint: true });
  return [name, file, status?.size, status?.mtimeNs, status?.ctimeNs];
};

/** Tells series apart: another version, model, rule, option or file makes another key. */
export const keyOf = (
  { model, composite, book, plan }: Asked,
  { request, options }: EngineSetup,
  more: readonly unknown[],
): string =>
  keyOfAll(
    libraryVersion(),
    modelKey(model, request.path),
    rulesKey(book, composite, plan.rule === undefined ? [] : [plan.rule.name]),
    [request, options],
    request.load.files?.map(identity),
    more,
  );
