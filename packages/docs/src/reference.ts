import { decodeDocument } from '@kirchhoff/graph';
import { docsSays, problem, within, type Problem, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as t from 'io-ts';
import { link } from './markdown.js';

const reference = t.exact(
  t.intersection([
    t.type({ authors: t.array(t.string), title: t.string, venue: t.string, year: t.number }),
    t.partial({ url: t.string }),
  ]),
);

/** A paper, under the key by which rules cite it. */
export type Reference = t.TypeOf<typeof reference>;

export type Bibliography = Readonly<Record<string, Reference>>;

/** Decodes `docs/references.json`: key → authors, title, venue, year and, where there is one, url. */
export const decodeBibliography = (json: unknown): Result<Bibliography> =>
  decodeDocument(t.record(t.string, reference), json);

/** The keys of all papers that rules and composites cite, sorted, each with the places that cite it. */
export const citesOf = (book: Rulebook): ReadonlyMap<string, readonly string[]> => {
  const places = new Map<string, string[]>();
  const add = (place: string, keys: readonly string[]): void => {
    for (const key of keys) places.set(key, [...(places.get(key) ?? []), place]);
  };
  for (const { name, cite } of book.rules.values()) add(`rules/${name}.json`, cite);
  for (const { name, cite } of book.composites.values()) add(`rules/composites/${name}.json`, cite);
  return new Map([...places].toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** A problem, at each document that cites it, for every key that the bibliography lacks. */
export const checkCites = (book: Rulebook, bibliography: Bibliography): readonly Problem[] =>
  [...citesOf(book)].flatMap(([key, places]) =>
    Object.hasOwn(bibliography, key)
      ? []
      : places.flatMap((place) =>
          within(place, [problem('/cite', docsSays.unknownReference(key, Object.keys(bibliography)))]),
        ),
  );

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** A reference as one sentence: authors, title, venue, year. */
export const referenceText = ({ authors, title, venue, year, url }: Reference): string =>
  `${listed(authors)}: ${url === undefined ? title : link(title, url)}. ${venue}, ${year}.`;
