import type { ElementType } from '../tensor.js';
import { required } from './attribute.js';
import { everything, interval } from './bounds.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, ValueType } from './row.js';
import { broadcast, input, port } from './shape.js';

const wholeTypes: readonly ElementType[] = ['int64', 'int32', 'uint8', 'int8'];

/** Bits of a byte make a byte; of other integers nothing is known. */
const ofType = ({ types }: FactsContext): Interval => (types[0]?.type === 'uint8' ? interval(0, 255) : everything);

const inferBroadcast = (context: InferContext): readonly ValueType[] => {
  const [a, b] = [input(context, 0), input(context, 1)];
  return [{ type: a.type, shape: broadcast(context, [a.shape, b.shape]) }];
};

const binary = (summary: string): Row =>
  row({
    summary,
    inputs: [port('A'), port('B')],
    types: { T: wholeTypes },
    outputs: ['C'],
    attrs: {},
    kind: 'discrete',
    infer: inferBroadcast,
    facts: ofType,
  });

/** What is done to the bits of integers: flags in masks. */
export const bitwise = {
  BitwiseAnd: binary('The bits that both integers have.'),
  BitwiseOr: binary('The bits that one of two integers has.'),
  BitwiseXor: binary('The bits that one of two integers has and the other has not.'),
  BitwiseNot: row({
    summary: 'The bits that an integer has not.',
    inputs: [port('X')],
    types: { T: wholeTypes },
    outputs: ['Y'],
    attrs: {},
    kind: 'discrete',
    infer: (context) => [input(context, 0)],
    facts: ofType,
  }),
  BitShift: row({
    summary: 'The bits of X moved by Y places to the left or to the right.',
    inputs: [port('X'), port('Y')],
    types: { T: ['uint8'] },
    outputs: ['Z'],
    attrs: { direction: { ...required('string'), choices: ['LEFT', 'RIGHT'] } },
    kind: 'discrete',
    infer: inferBroadcast,
    facts: ofType,
  }),
} satisfies Record<string, Row>;
