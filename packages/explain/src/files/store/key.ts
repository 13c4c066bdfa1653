import { rawBytes } from '@kirchhoff/graph';
import type { Model } from '../../model.js';
import * as E from 'fp-ts/lib/Either.js';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import { refuse, storeSays } from '@kirchhoff/message';
import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNamedBytes } from '../inside.js';
import { resourcePath } from '../resource.js';

/**
 * A value in words that differ wherever it does: patterns, numbers without end and typed arrays have words of their own. The
 * function that is a rule's fragment is part of the program.
 */
const plain = (key: string, value: unknown): unknown => {
  if (value instanceof RegExp) return { pattern: value.source, flags: value.flags };
  if (value instanceof Map) return { entries: [...(value as ReadonlyMap<unknown, unknown>)] };
  if (value instanceof Set) return { elements: [...(value as ReadonlySet<unknown>)] };
  if (ArrayBuffer.isView(value)) return { bytes: hashOf(rawBytes(value)) };
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
    return { number: String(value) };
  if (typeof value === 'function') return key === 'fragment' ? undefined : refuse('', storeSays.noWords(key));
  return value;
};

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const addJson = (hash: Hash, value: unknown): Hash => hash.update(`${JSON.stringify(value, plain)}\n`);

/** A checksum of values of any kind. */
export const keyOfAll = (...values: readonly unknown[]): string =>
  values.reduce<Hash>(addJson, createHash('sha256')).digest('hex');

const programFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return programFiles(path);
    return entry.name.endsWith('.js') ? [path] : [];
  });

/**
 * The version of the library: that of the program as it is built, and of what it stands on.
 * @param folder the repository's, or that of the bundle
 */
export const libraryVersion = (folder = resourcePath('')): string => {
  const rooms = join(folder, 'packages');
  const inRepository = existsSync(rooms);
  const hash = createHash('sha256').update(
    readFileSync(join(folder, inRepository ? 'pnpm-lock.yaml' : 'package.json')),
  );
  const programs = inRepository
    ? readdirSync(rooms)
        .toSorted()
        .map((room) => join(rooms, room, 'dist'))
    : [join(folder, 'dist')];
  for (const built of programs.filter((one) => existsSync(one))) {
    for (const file of programFiles(built).toSorted()) hash.update(file.slice(built.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
};

/**
 * What a model is: its canonical graph with the bytes of every tensor, wherever it lies, what its document says, and the
 * vocabularies that its inputs are read by.
 * @param path where it was opened
 */
export const modelKey = ({ typed, document, stated }: Model, path: string): string => {
  const hash = addJson(createHash('sha256'), [typed.graph, document, stated]);
  for (const [name, stored] of [...typed.store].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    addJson(hash, [name, stored.type, stored.shape]).update(rawBytes(stored.read()));
  for (const spec of Object.values(document?.inputs ?? {}))
    if ('text' in spec) {
      const vocabulary = readNamedBytes(join(path, 'model.json'), spec.text.vocabulary);
      if (E.isRight(vocabulary)) hash.update(vocabulary.right);
    }
  return hash.digest('hex');
};

/** A composite and those that it includes. */
const closureOf = (book: Rulebook, composite: Composite, seen = new Map<string, Composite>()): readonly Composite[] => {
  if (seen.has(composite.name)) return [...seen.values()];
  seen.set(composite.name, composite);
  for (const row of composite.rows) {
    const included = 'include' in row ? book.composites.get(row.include) : undefined;
    if (included !== undefined) closureOf(book, included, seen);
  }
  return [...seen.values()];
};

/** What a composite says: its own rows, those that it includes, and every rule that they or `further` name. */
export const rulesKey = (book: Rulebook, composite: Composite | undefined, further: readonly string[]): string => {
  const composites = composite === undefined ? [] : closureOf(book, composite);
  const named = composites.flatMap(({ rows }) => rows.flatMap((row) => ('include' in row ? [] : [row.rule])));
  const rules = [...new Set([...named, ...further])].toSorted().map((name) => book.rules.get(name));
  return keyOfAll(composites, rules);
};
