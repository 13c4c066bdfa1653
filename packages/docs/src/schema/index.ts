import type { JsonSchema } from '@kirchhoff/graph';
import type { Problem, Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { graphSchema } from './graph.js';
import { modelSchema } from './model.js';
import { compositeSchema, ruleSchema } from './rule.js';

const makers = { graph: graphSchema, rule: ruleSchema, composite: compositeSchema, model: modelSchema };

/** What a JSON Schema is written for. */
export type DocumentKind = keyof typeof makers;

/** Where the schema of a kind of document lies in the repository. */
export const schemaPath = (kind: DocumentKind): string => `schemas/${kind}.schema.json`;

/**
 * The JSON Schemas (draft 2020-12) of all documents that a person writes, made of the codecs that decode them and of the
 * operator table. Problems name parts of codecs of which nothing says what they are.
 */
export const schemas = (): Result<{ readonly [K in DocumentKind]: JsonSchema }> => {
  const problems: Problem[] = [];
  const made = {
    graph: makers.graph(problems),
    rule: makers.rule(problems),
    composite: makers.composite(problems),
    model: makers.model(problems),
  };
  return problems.length > 0 ? E.left(problems) : E.right(made);
};

/** The same as files, by their path. */
export const schemaFiles = (): Result<ReadonlyMap<string, string>> =>
  E.map((made: { readonly [K in DocumentKind]: JsonSchema }) => {
    const entries = Object.entries(made) as readonly (readonly [DocumentKind, JsonSchema])[];
    return new Map(entries.map(([kind, schema]) => [schemaPath(kind), `${JSON.stringify(schema, null, 2)}\n`]));
  })(schemas());
