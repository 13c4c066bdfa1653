import { addProblems, problem, ruleSays, within, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { decodeComposite, type Composite, type Entry } from './composite.js';
import { decodeRule, type Rule } from './rule.js';

/** Rules and composites by name: whatever documents were given, and nothing else. */
export interface Rulebook {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly composites: ReadonlyMap<string, Composite>;
}

/** A JSON value and where it came from (a file name, for messages). */
export interface SourceDocument {
  readonly place: string;
  readonly json: unknown;
}

const decodeAll = <A extends { readonly name: string }>(
  what: string,
  documents: readonly SourceDocument[],
  decode: (json: unknown) => Result<A>,
  problems: Problem[],
): Map<string, A> => {
  const found = new Map<string, A>();
  const places = new Map<string, string>();
  for (const { place, json } of documents) {
    const decoded = decode(json);
    if (E.isLeft(decoded)) {
      addProblems(problems, within(place, decoded.left));
      continue;
    }
    const { name } = decoded.right;
    if (found.has(name)) problems.push(problem(place, ruleSays.duplicateName(what, name, places.get(name)!)));
    found.set(name, decoded.right);
    places.set(name, place);
  }
  return found;
};

/** Decodes rule and composite documents into a rulebook; problems of all of them are accumulated. */
export const makeRulebook = (
  rules: readonly SourceDocument[],
  composites: readonly SourceDocument[],
): Result<Rulebook> => {
  const problems: Problem[] = [];
  const book = {
    rules: decodeAll('rule', rules, decodeRule, problems),
    composites: decodeAll('composite', composites, decodeComposite, problems),
  };
  return problems.length > 0 ? E.left(problems) : E.right(book);
};

export const findComposite = (book: Rulebook, name: string): Result<Composite> => {
  const found = book.composites.get(name);
  return found === undefined
    ? E.left([problem('', ruleSays.unknownComposite(name, [...book.composites.keys()]))])
    : E.right(found);
};

export const findRule = (book: Rulebook, name: string): Result<Rule> => {
  const found = book.rules.get(name);
  return found === undefined
    ? E.left([problem('', ruleSays.unknownRule(name, [...book.rules.keys()]))])
    : E.right(found);
};

/** The entries of a composite with its includes written out, in order. */
export const entriesOf = (
  book: Rulebook,
  composite: Composite,
  path: readonly string[] = [],
): Result<readonly Entry[]> => {
  if (path.includes(composite.name)) {
    return E.left([problem(composite.name, ruleSays.includeCycle([...path, composite.name]))]);
  }
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  for (const row of composite.rows) {
    if (!('include' in row)) {
      entries.push(row);
      continue;
    }
    const found = findComposite(book, row.include);
    const inner = E.isLeft(found)
      ? E.left(within(row.place, found.left))
      : entriesOf(book, found.right, [...path, composite.name]);
    if (E.isLeft(inner)) addProblems(problems, inner.left);
    else for (const one of inner.right) entries.push(one);
  }
  return problems.length > 0 ? E.left(problems) : E.right(entries);
};

/** The rewrites that a composite and its includes need. */
export const canonizersOf = (book: Rulebook, composite: Composite, path: readonly string[] = []): readonly string[] => {
  if (path.includes(composite.name)) return [];
  const included = composite.rows.flatMap((row) => ('include' in row ? (book.composites.get(row.include) ?? []) : []));
  const further = included.flatMap((one) => canonizersOf(book, one, [...path, composite.name]));
  return [...new Set([...composite.canonizers, ...further])];
};
