import * as t from 'io-ts';
import { described } from './document.js';
import type { Dim } from './graph.js';
import { elementType, numberSchema, numberWords, readNumber, size } from './literal.js';

/** The format this package reads and writes. */
export const graphFormat = 'kirchhoff-graph/1';

const names = t.array(t.string);
const dimension = described(
  'a whole number or a symbol such as "N"',
  (value): value is Dim => size.is(value) || typeof value === 'string',
  { anyOf: [size.schema, { type: 'string', pattern: '[A-Za-z_]' }] },
);
const boundSchema = { anyOf: [numberSchema, { type: 'array', items: numberSchema }] };
export const bound = described(
  `${numberWords}, or a list of such, one for each channel`,
  (value): value is unknown => (Array.isArray(value) ? value : [value]).every((v) => readNumber(v) !== undefined),
  boundSchema,
);
const rangePair = described(
  '[low, high]',
  (value): value is readonly unknown[] => Array.isArray(value) && value.length === 2,
  { type: 'array', minItems: 2, maxItems: 2, items: boundSchema },
);

/** One of `inputs`. */
export const inputDocument = t.exact(
  t.intersection([
    t.type({ name: t.string, type: elementType, shape: t.array(dimension) }),
    t.partial({ range: rangePair }),
  ]),
);
/** One of `nodes`; its operator and attributes are checked by the operator table. */
export const nodeDocument = t.exact(
  t.intersection([
    t.type({ name: t.string, op: t.string, inputs: names }),
    t.partial({
      outputs: names,
      attrs: t.record(t.string, t.unknown),
      preamble: t.literal(true),
      roles: t.union([t.exact(t.type({ gate: size, signal: size })), t.exact(t.type({ scale: size, signal: size }))]),
    }),
  ]),
);
/** One of `tensors` that lies in a file; one that does not is a `tensorLiteral`. */
export const fileDocument = t.exact(t.intersection([t.type({ file: t.string }), t.partial({ key: t.string })]));
const parts = { inputs: t.UnknownArray, nodes: t.UnknownArray, outputs: names };
const tensorEntries = t.record(t.string, t.unknown);
/** A graph document. Inputs, nodes and tensors are decoded one by one, so that one slip hides no other. */
export const graphDocument = t.exact(
  t.intersection([
    t.type({ format: t.literal(graphFormat), name: t.string, ...parts }),
    t.partial({ $schema: t.string, tensors: tensorEntries }),
  ]),
);
/** A graph inside a node. */
export const bodyDocument = t.exact(
  t.intersection([t.type(parts), t.partial({ name: t.string, tensors: tensorEntries })]),
);
