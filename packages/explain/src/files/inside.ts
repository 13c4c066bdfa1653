import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, relative, sep } from 'node:path';
import { staysInside, type ByteSource } from '@kirchhoff/graph';
import { fileSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { readDocument } from './document.js';
import { openBytes, readBytes } from './file.js';

/** A file that a model names, without links: what an engine may map. */
export interface Located {
  /** As the model names it, from where the person opened the model. */
  readonly path: string;
  /** A folder without links, and the file's place in it. */
  readonly folder: string;
  readonly name: string;
}

const within = (folder: string, file: string): boolean => {
  const way = relative(folder, file);
  return way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way);
};

const outside = (place: string, message: string): Result<never> => E.left([problem(place, message)]);

/**
 * Follows the links of a file that the document at `document` names, relative to itself. It must end in the document's own
 * folder, or where the document lies itself if that is a link (a cache of downloads keeps all of a model's files side by side);
 * nothing else is opened. What does not exist is left for its reader to say.
 */
const locate = (document: string, file: string, place: string): Result<Located> => {
  if (!staysInside(file)) return outside(place, fileSays.namedOutside(file));
  const path = join(dirname(document), file);
  const found = E.tryCatch(
    () => ({ target: realpathSync(path), home: realpathSync(dirname(document)), own: realpathSync(document) }),
    () => undefined,
  );
  if (E.isLeft(found)) return E.right({ path, folder: dirname(path), name: basename(path) });
  const { target, home, own } = found.right;
  if (target === home) return E.right({ path, folder: dirname(home), name: basename(home) });
  if (within(home, target)) return E.right({ path, folder: home, name: relative(home, target).split(sep).join('/') });
  const store = dirname(own);
  if (store !== parse(store).root && within(store, target))
    return E.right({ path, folder: dirname(target), name: basename(target) });
  return outside(place, fileSays.linkedOutside(file));
};

/** A file that a document names, open. */
export interface NamedFile extends Located {
  readonly source: ByteSource;
}

/**
 * Opens what a document names: a regular file in the document's own folder, read in parts. Nothing that a document says opens
 * anything else; every reader of such a file comes through here.
 * @param document its path as the person gave it; problems of the file begin with the file's own path
 * @param place where the document names it, for problems of the name
 */
export const openNamed = (document: string, file: string, place = document): Result<NamedFile> =>
  E.chain((located: Located) =>
    E.map((source: ByteSource): NamedFile => ({ ...located, source }))(openBytes(located.path)),
  )(locate(document, file, place));

/** All bytes of a file that a document names. */
export const readNamedBytes = (document: string, file: string): Result<Uint8Array> =>
  E.chain(({ path }: Located) => readBytes(path))(locate(document, file, document));

/** A JSON document that another one names. */
export const readNamedDocument = <A>(document: string, file: string, decode: (json: unknown) => Result<A>): Result<A> =>
  E.chain(({ path }: Located) => readDocument(path, decode))(locate(document, file, document));
