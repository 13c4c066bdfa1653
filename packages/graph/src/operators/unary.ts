import { bounds } from './bounds.js';
import type { ElementType } from '../tensor.js';
import { row, type Row } from './row.js';
import type { AttributeSpec, FactsContext, InferContext, Interval, Kind, ValueType } from './row.js';
import { input, port } from './shape.js';
import { floatTypes } from './types.js';

const sameType = (context: InferContext): readonly ValueType[] => [input(context, 0)];

interface Unary {
  readonly summary: string;
  readonly formula?: string;
  readonly derivative?: string;
  readonly variants?: NonNullable<Row['variants']>;
  readonly attrs?: Readonly<Record<string, AttributeSpec>>;
  readonly kind?: Kind;
  /** The types that it takes: floats alone, where none are named. */
  readonly types?: readonly ElementType[];
  readonly facts: (x: Interval, context: FactsContext) => Interval;
}

/** A row of one number to one number. */
export const unary = ({ attrs = {}, kind = 'elementwise', types = floatTypes, facts, ...rest }: Unary): Row =>
  row({
    ...rest,
    inputs: [port('X')],
    types: { T: types },
    outputs: ['Y'],
    attrs,
    kind,
    infer: sameType,
    facts: (context) => facts(bounds(context, 0), context),
  });
