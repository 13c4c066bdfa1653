import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { explainSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

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

/**
 * Follows the links of a file that the model at `opened` names, relative to itself. It must end in the model's own folder, or
 * where the model lies itself if that is a link (a cache of downloads keeps all of a model's files side by side); nothing
 * else is opened. What does not exist is left for its reader to say.
 */
export const locate = (opened: string, file: string): E.Either<readonly Problem[], Located> => {
  const path = join(dirname(opened), file);
  const found = E.tryCatch(
    () => ({ target: realpathSync(path), home: realpathSync(dirname(opened)), model: realpathSync(opened) }),
    () => undefined,
  );
  if (E.isLeft(found)) return E.right({ path, folder: dirname(path), name: basename(path) });
  const { target, home, model } = found.right;
  if (within(home, target)) return E.right({ path, folder: home, name: relative(home, target).split(sep).join('/') });
  if (within(dirname(model), target)) return E.right({ path, folder: dirname(target), name: basename(target) });
  return E.left([problem(opened, explainSays.linkedOutside(file))]);
};
