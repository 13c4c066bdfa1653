import { type Problem, addProblems, graphSays, nearest, problem, problemLimit, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

/** A JSON Pointer (RFC 6901) one step further in. */
export const pointerTo = (pointer: string, key: string | number): string =>
  `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

type Fields = Record<string, t.Mixed>;
export interface ObjectShape {
  readonly required: Fields;
  readonly optional: Fields;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keys of an object codec; undefined for any other codec. */
export const shapeOf = (codec: t.Mixed): ObjectShape | undefined => {
  if (codec instanceof t.ExactType || codec instanceof t.RecursiveType) return shapeOf(codec.type as t.Mixed);
  if (codec instanceof t.InterfaceType) return { required: codec.props as Fields, optional: {} };
  if (codec instanceof t.PartialType) return { required: {}, optional: codec.props as Fields };
  if (!(codec instanceof t.IntersectionType)) return undefined;
  let all: ObjectShape | undefined = { required: {}, optional: {} };
  for (const part of codec.types as readonly t.Mixed[]) {
    const shape = shapeOf(part);
    all = shape &&
      all && { required: { ...all.required, ...shape.required }, optional: { ...all.optional, ...shape.optional } };
  }
  return all;
};

/** What a value of a codec is, as a person would say it. */
const describe = (codec: t.Mixed): string => {
  if (codec instanceof t.ExactType || codec instanceof t.RefinementType) return describe(codec.type as t.Mixed);
  if (codec instanceof t.LiteralType) return JSON.stringify(codec.value);
  if (codec instanceof t.KeyofType) return `one of ${Object.keys(codec.keys as object).join(', ')}`;
  if (codec instanceof t.UnionType) return (codec.types as readonly t.Mixed[]).map(describe).join(' or ');
  if (codec instanceof t.StringType) return 'a text';
  if (codec instanceof t.NumberType) return 'a number';
  if (codec instanceof t.BooleanType) return 'true or false';
  if (codec instanceof t.ArrayType || codec instanceof t.AnyArrayType || codec instanceof t.ReadonlyArrayType)
    return 'a list';
  const shape = shapeOf(codec);
  const keys = Object.keys(shape?.required ?? {});
  if (keys.length > 0) return `an object with ${keys.map((key) => `"${key}"`).join(', ')}`;
  return shape !== undefined || codec instanceof t.DictionaryType || codec instanceof t.AnyDictionaryType
    ? 'an object'
    : codec.name;
};

const checkObject = (
  shape: ObjectShape,
  value: Readonly<Record<string, unknown>>,
  pointer: string,
): readonly Problem[] => {
  const fields = { ...shape.required, ...shape.optional };
  const problems: Problem[] = [];
  const misspelt = new Set<string>();
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue;
    const absent = Object.keys(fields).filter((field) => !Object.hasOwn(value, field));
    const slip = nearest(key, absent);
    if (slip !== undefined) misspelt.add(slip);
    addProblems(problems, [problem(pointer, graphSays.unknownKey(key, Object.keys(fields)))]);
  }
  for (const [key, codec] of Object.entries(fields)) {
    if (Object.hasOwn(value, key)) addProblems(problems, check(codec, value[key], pointerTo(pointer, key)));
    else if (Object.hasOwn(shape.required, key) && !misspelt.has(key) && !codec.is(undefined)) {
      problems.push(problem(pointer, graphSays.missingKey(key, describe(codec))));
    }
  }
  return problems;
};

/** The member that the value was most likely meant for: of its own kind, with the most keys in common. */
const likeliest = (members: readonly t.Mixed[], value: unknown): t.Mixed | undefined => {
  if (typeof value === 'string') return members.find((member) => member instanceof t.KeyofType);
  if (Array.isArray(value)) return members.find((m) => m instanceof t.ArrayType || m instanceof t.ReadonlyArrayType);
  if (!isObject(value)) return undefined;
  let best: t.Mixed | undefined;
  let most = -1;
  for (const member of members) {
    const shape = shapeOf(member);
    const fields = { ...shape?.required, ...shape?.optional };
    const common = Object.keys(value).filter((key) => Object.hasOwn(fields, key)).length;
    if (shape !== undefined && common > most) [best, most] = [member, common];
  }
  return best ?? members.find((member) => member instanceof t.DictionaryType);
};

const checkUnion = (
  codec: t.Mixed,
  members: readonly t.Mixed[],
  value: unknown,
  pointer: string,
): readonly Problem[] => {
  if (members.some((member) => check(member, value, pointer).length === 0)) return [];
  const meant = likeliest(members, value);
  return meant === undefined
    ? [problem(pointer, graphSays.unexpected(describe(codec), value))]
    : check(meant, value, pointer);
};

const checkKeyof = (keys: readonly string[], value: unknown, pointer: string): readonly Problem[] => {
  if (typeof value === 'string') return keys.includes(value) ? [] : [problem(pointer, graphSays.notOneOf(value, keys))];
  return [problem(pointer, graphSays.unexpected(`one of ${keys.join(', ')}`, value))];
};

const checkEach = (
  codec: t.Mixed,
  values: Iterable<readonly [string | number, unknown]>,
  pointer: string,
): readonly Problem[] => {
  const problems: Problem[] = [];
  for (const [key, value] of values) {
    if (problems.length >= problemLimit) break;
    addProblems(problems, check(codec, value, pointerTo(pointer, key)));
  }
  return problems;
};

/** All that is wrong with `value` as a `codec`. Objects are closed whether or not the codec says `exact`. */
const check = (codec: t.Mixed, value: unknown, pointer: string): readonly Problem[] => {
  const refused = (): readonly Problem[] => [problem(pointer, graphSays.unexpected(describe(codec), value))];
  const shape = shapeOf(codec);
  if (shape !== undefined) return isObject(value) ? checkObject(shape, value, pointer) : refused();
  if (codec instanceof t.UnionType) return checkUnion(codec, codec.types as readonly t.Mixed[], value, pointer);
  if (codec instanceof t.KeyofType) return checkKeyof(Object.keys(codec.keys as object), value, pointer);
  if (codec instanceof t.ArrayType || codec instanceof t.ReadonlyArrayType) {
    const element = codec.type as t.Mixed;
    return Array.isArray(value) ? checkEach(element, value.entries(), pointer) : refused();
  }
  if (codec instanceof t.DictionaryType) {
    const element = codec.codomain as t.Mixed;
    return isObject(value) ? checkEach(element, Object.entries(value), pointer) : refused();
  }
  const decoded = codec.decode(value);
  if (E.isRight(decoded)) return [];
  const [message] = decoded.left.flatMap((error) => (error.message === undefined ? [] : [error.message]));
  return message === undefined ? refused() : [problem(pointer, message)];
};

/**
 * Decodes a JSON value by an io-ts codec. Every problem is found, each named by JSON Pointer with the value found and
 * what is allowed; unknown keys are problems everywhere. Codecs of one's own (`new t.Type`) are described by their name.
 */
export const decodeDocument = <A, O>(codec: t.Type<A, O, unknown>, json: unknown, pointer = ''): Result<A> => {
  const problems = check(codec, json, pointer);
  if (problems.length > 0) return E.left(problems);
  return E.mapLeft(() => [problem(pointer, graphSays.unexpected(describe(codec), json))])(codec.decode(json));
};

/** A part of a JSON Schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A codec of one's own. Where it is part of a document that editors know, `schema` says the same as its check. */
export interface Described<A> extends t.Type<A, A, unknown> {
  readonly schema: JsonSchema | undefined;
}

/**
 * A codec of one's own: `name` says what is allowed (`a whole number above 0`), `schema` says it to an editor. A codec
 * without one can still decode; `jsonSchemaOf` refuses it by its name.
 */
export const described = <A>(name: string, is: (value: unknown) => value is A, schema?: JsonSchema): Described<A> =>
  Object.assign(
    new t.Type<A, A, unknown>(
      name,
      is,
      (value, context) => (is(value) ? t.success(value) : t.failure(value, context)),
      t.identity,
    ),
    { schema },
  );
