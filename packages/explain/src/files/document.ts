import { parseJson } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { inFile, readText } from './file.js';

/** A JSON document in a file. The place of every problem is the path as it was given, then the place inside. */
export const readDocument = <A>(path: string, decode: (json: unknown) => Result<A>): Result<A> => {
  const text = readText(path);
  if (E.isLeft(text)) return text;
  const decoded = E.chain(decode)(parseJson(text.right));
  return E.isLeft(decoded) ? E.left(inFile(path, decoded.left)) : decoded;
};
