import { jsonSchemaOf, opNames, operators, type JsonSchema } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import type * as t from 'io-ts';

/** A word on each key of an object, for completion and hovering; one that is forgotten does not compile. */
export type Notes<C extends t.Mixed> = { readonly [Key in keyof t.TypeOf<C>]-?: string };

/** A part of a schema that has a name: what `refTo(name)` refers to. */
export const refTo = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

/** The schema of an object codec, with a word on each key; `fields` as in `jsonSchemaOf`. */
export const noted = <C extends t.Mixed>(
  codec: C,
  notes: Notes<C>,
  problems: Problem[],
  fields: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema => {
  const schema = jsonSchemaOf(codec, '', problems, fields);
  const words: Readonly<Record<string, string>> = notes;
  const properties = Object.entries(schema['properties'] ?? {}).map(([key, part]) => [
    key,
    { description: words[key], ...(part as JsonSchema) },
  ]);
  return { ...schema, properties: Object.fromEntries(properties) };
};

/** The names of all operators, each with its summary. */
export const operatorNames = (): JsonSchema => ({
  anyOf: opNames.map((op) => ({ const: op, description: operators[op].summary })),
});

/** What a value that meets a condition must also be, and what one that does not. */
export const where = (condition: JsonSchema, holds: JsonSchema, fails?: JsonSchema): JsonSchema => ({
  if: condition,
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; nobody awaits a schema
  then: holds,
  ...(fails && { else: fails }),
});

/** What an object whose `key` has this value must also be, and what one with another. */
export const whereIs = (key: string, value: unknown, holds: JsonSchema, fails?: JsonSchema): JsonSchema =>
  where({ properties: { [key]: { const: value } }, required: [key] }, holds, fails);

/** A whole schema. */
export const schemaDocument = (title: string, schema: JsonSchema, parts: Readonly<Record<string, JsonSchema>>) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $comment: 'Written by `npm run docs`: change its sources, not this file.',
  title,
  ...schema,
  $defs: parts,
});

/** The key by which a document names its schema. */
export const schemaNote = 'The JSON Schema by which an editor checks this document; else ignored.';
