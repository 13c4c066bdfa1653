import type { InputFile } from '@kirchhoff/explain';
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Asked } from '../asked.js';
import type { EngineSetup } from './engine.js';

const identity = (file: string): readonly [string, number, number] => {
  const status = statSync(file, { throwIfNoEntry: false });
  return [file, status?.size ?? 0, status?.mtimeMs ?? 0];
};

/** A model's folder, or that in which its file lies, with what is directly in it. */
const filesOf = (path: string): readonly string[] => {
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  return readdirSync(folder).map((name) => join(folder, name));
};

/** Tells series apart: another model, rule, option or file makes another key. */
export const keyOf = (
  { composite, book }: Asked,
  setup: EngineSetup,
  files: readonly InputFile[],
  more: readonly unknown[],
): string => {
  const given = files.map(({ name, file }) => [name, ...identity(file)]);
  const about = [1, setup, filesOf(setup.path).map(identity), composite, [...book.rules.values()], given, ...more];
  const text = JSON.stringify(about, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex');
};
