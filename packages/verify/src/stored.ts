import {
  decodeDocument,
  decodeGraph,
  decodeInline,
  described,
  pointerTo,
  tensor,
  type Graph,
  type Tensor,
} from '@kirchhoff/graph';
import { all, problem, verifySays, within, type Problem, type Result } from '@kirchhoff/message';
import { decodeRule, type Rule } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import type { Values } from './search/point.js';

/** A counterexample as it is read from its file. */
export interface Stored {
  readonly rule: Rule;
  readonly law: string;
  readonly says: string;
  readonly parameters: Values;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = described('a text', (value): value is string => typeof value === 'string');
const numbers = described(
  'an object of finite numbers',
  (value): value is Values => isFields(value) && Object.values(value).every(Number.isFinite),
);
const fields = described('an object', isFields);

const decodeInputs = (json: unknown): Result<Readonly<Record<string, Tensor>>> => {
  const given = decodeDocument(fields, json, '/inputs');
  if (E.isLeft(given)) return given;
  const problems: Problem[] = [];
  const inputs = Object.entries(given.right).flatMap(([name, one]): readonly (readonly [string, Tensor])[] => {
    const decoded = decodeInline(one, pointerTo('/inputs', name));
    if (E.isLeft(decoded)) problems.push(...decoded.left);
    return E.isLeft(decoded) ? [] : [[name, tensor(decoded.right.type, decoded.right.shape, decoded.right.data)]];
  });
  return problems.length > 0 ? E.left(problems) : E.right(Object.fromEntries(inputs));
};

/** Decodes a counterexample that `verify --out` wrote. */
export const decodeCounterexample = (json: unknown): Result<Stored> => {
  if (!isFields(json) || json['format'] !== 'kirchhoff-counterexample/1')
    return E.left([problem('', verifySays.notReplayable(typeof json))]);
  const rule = E.mapLeft((found: readonly Problem[]) => within('/rule', found))(decodeRule(json['rule']));
  const graph = E.mapLeft((found: readonly Problem[]) => within('/graph', found))(decodeGraph(json['graph']));
  const law = decodeDocument(text, json['law'], '/law');
  const says = decodeDocument(text, json['says'], '/says');
  const parameters = decodeDocument(numbers, json['parameters'], '/parameters');
  const inputs = decodeInputs(json['inputs']);
  return all({ rule, graph, law, says, parameters, inputs });
};
