import { bounds } from './bounds.js';
import { row, type Row } from './row.js';
import type { AttributeSpec, FactsContext, InferContext, Interval, Kind, ValueType } from './row.js';
import { floatTypes, input, port, requireType } from './shape.js';

export const sameType = (context: InferContext): readonly ValueType[] => [input(context, 0)];

/** Types that an operator of floats alone has. */
export const sameFloat = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  requireType(context, 'input 0', x.type, floatTypes);
  return [x];
};

interface Unary {
  readonly summary: string;
  readonly formula?: string;
  readonly derivative?: string;
  readonly variants?: NonNullable<Row['variants']>;
  readonly attrs?: Readonly<Record<string, AttributeSpec>>;
  readonly kind?: Kind;
  readonly infer?: Row['infer'];
  readonly facts: (x: Interval, context: FactsContext) => Interval;
}

/** A row of one number to one number. */
export const unary = ({ attrs = {}, kind = 'elementwise', infer = sameType, facts, ...rest }: Unary): Row =>
  row({
    ...rest,
    inputs: [port('X')],
    outputs: ['Y'],
    attrs,
    kind,
    infer,
    facts: (context) => facts(bounds(context, 0), context),
  });
