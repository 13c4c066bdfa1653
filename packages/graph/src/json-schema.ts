import { graphSays, problem, type Problem } from '@kirchhoff/message';
import * as t from 'io-ts';
import { pointerTo, shapeOf, type JsonSchema, type ObjectShape } from './document.js';

const schemaInside = (codec: t.Mixed): JsonSchema | undefined =>
  'schema' in codec && typeof codec.schema === 'object' && codec.schema !== null
    ? (codec.schema as JsonSchema)
    : undefined;

const objectSchema = (
  { required, optional }: ObjectShape,
  place: string,
  problems: Problem[],
  fields: Readonly<Record<string, JsonSchema>>,
): JsonSchema => {
  const codecs = { ...required, ...optional };
  for (const key of Object.keys(fields)) {
    if (!Object.hasOwn(codecs, key)) problems.push(problem(place, graphSays.noSuchField(key, Object.keys(codecs))));
  }
  const properties = Object.entries(codecs).map(
    ([key, codec]) => [key, fields[key] ?? jsonSchemaOf(codec, pointerTo(place, key), problems)] as const,
  );
  const needed = Object.keys(required);
  return {
    type: 'object',
    ...(needed.length > 0 && { required: needed }),
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
};

/**
 * The JSON Schema (draft 2020-12) of what `decodeDocument` accepts by `codec`: objects are closed. `fields` say what
 * stands at keys of which the codec alone says too little. Problems, placed by `place`, name each part that has no schema
 * (a codec of one's own without one, `t.unknown`) and each of the `fields` that the codec does not have.
 */
export const jsonSchemaOf = (
  codec: t.Mixed,
  place: string,
  problems: Problem[],
  fields: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema => {
  const inner = (part: t.Mixed): JsonSchema => jsonSchemaOf(part, place, problems);
  const shape = shapeOf(codec);
  if (shape !== undefined) return objectSchema(shape, place, problems, fields);
  if (codec instanceof t.LiteralType) return { const: codec.value };
  if (codec instanceof t.KeyofType) return { enum: Object.keys(codec.keys as object) };
  if (codec instanceof t.UnionType) return { anyOf: (codec.types as readonly t.Mixed[]).map(inner) };
  if (codec instanceof t.StringType) return { type: 'string' };
  if (codec instanceof t.NumberType) return { type: 'number' };
  if (codec instanceof t.BooleanType) return { type: 'boolean' };
  if (codec instanceof t.ArrayType || codec instanceof t.ReadonlyArrayType)
    return { type: 'array', items: inner(codec.type as t.Mixed) };
  if (codec instanceof t.DictionaryType)
    return { type: 'object', additionalProperties: inner(codec.codomain as t.Mixed) };
  const own = schemaInside(codec);
  if (own === undefined) problems.push(problem(place, graphSays.noSchema(codec.name)));
  return own ?? {};
};
