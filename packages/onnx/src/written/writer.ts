import type { StoredTensor, ValueType } from '@kirchhoff/graph';
import type { NodeDocument } from '../read-node.js';
import { vector } from '../respelled.js';
import type { OldNode, Workshop } from '../upgrade.js';

type Attrs = Readonly<Record<string, unknown>>;

/** Writes nodes one after the other. */
export interface Writer {
  /** The name of an input of the node that is written out; empty where it is left out. */
  readonly input: (port: number) => string;
  /** Adds a node of one output and gives its name. */
  readonly step: (part: string, op: string, inputs: readonly string[], attrs?: Attrs) => string;
  /** A constant of one number, in the given type. */
  readonly number: (part: string, value: number, type?: ValueType['type']) => string;
  readonly ints: (part: string, values: readonly number[]) => string;
  readonly tensor: (part: string, stored: StoredTensor) => string;
  /** Says that a further output of the node (0: the first after the result) is this value. */
  readonly output: (place: number, value: string) => void;
}

/** What a node is written out as: `build` gives the name of the result, which then bears the name of the node. */
export const writeOut = (node: OldNode, shop: Workshop, build: (writer: Writer) => string): readonly NodeDocument[] => {
  const made: NodeDocument[] = [];
  const further: NodeDocument[] = [];
  const result = build({
    input: (port) => node.inputs[port] ?? '',
    step: (part, op, inputs, attrs = {}) => {
      const name = shop.fresh(part);
      const used = inputs.slice(0, inputs.findLastIndex((input) => input !== '') + 1);
      made.push({ name, op, inputs: used, ...(Object.keys(attrs).length > 0 && { attrs }) });
      return name;
    },
    number: (part, value, type = 'float32') => shop.tensor(part, vector(type, [value], [])),
    ints: (part, values) => shop.tensor(part, vector('int64', values)),
    tensor: shop.tensor,
    output: (place, value) => {
      const name = node.outputs[place] ?? '';
      if (name !== '') further.push({ name, op: 'Identity', inputs: [value] });
    },
  });
  const last = made.at(-1);
  return last?.name === result && further.length === 0
    ? [...made.slice(0, -1), { ...last, name: node.name }]
    : [...made, { name: node.name, op: 'Identity', inputs: [result] }, ...further];
};
