import type { Dim } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from '../read-node.js';
import type { OldNode, Upgrade, Workshop } from '../upgrade.js';
import { writeOut, type Writer } from './writer.js';

/** A value whose axes have labels. */
interface Labelled {
  readonly name: string;
  readonly labels: readonly string[];
  readonly sizes: ReadonlyMap<string, Dim>;
}

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** The labels of operands and result; axes under an ellipsis are called …2, …1, … from the left. */
const parse = (text: string, ranks: readonly number[]): Equation | undefined => {
  const [left = '', right] = text.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  if (terms.length !== ranks.length) return undefined;
  const spread = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `…${count - i}`);
  const read = (term: string, hidden: number): readonly string[] => {
    const [before = '', after] = term.split('...');
    return after === undefined ? [...before] : [...before, ...spread(hidden), ...after];
  };
  const hidden = terms.map((term, i) => ranks[i]! - term.replace('...', '').length);
  const inputs = terms.map((term, i) => read(term, hidden[i]!));
  const most = Math.max(0, ...terms.map((term, i) => (term.includes('...') ? hidden[i]! : 0)));
  const once = [...left.replaceAll(/[.,]/g, '')].filter(
    (label, _, all) => all.filter((one) => one === label).length === 1,
  );
  const output = right === undefined ? [...spread(most), ...once.sort()] : read(right, most);
  const fits = inputs.every((labels, i) => labels.length === ranks[i] && new Set(labels).size === labels.length);
  return fits && new Set(output).size === output.length ? { inputs, output } : undefined;
};

const rangeOf = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const transposed = ({ step }: Writer, part: string, { name, labels }: Labelled, order: readonly string[]): string => {
  const perm = order.map((label) => labels.indexOf(label));
  return perm.every((axis, i) => axis === i) ? name : step(`${part}-order`, 'Transpose', [name], { perm });
};

/** The value with axes in this order, and axes of size 1 for labels that it does not have. */
const arranged = (writer: Writer, part: string, value: Labelled, order: readonly string[]): string => {
  const own = order.filter((label) => value.labels.includes(label));
  const missing = rangeOf(order.length).filter((i) => !own.includes(order[i]!));
  const name = transposed(writer, part, value, own);
  return missing.length === 0
    ? name
    : writer.step(`${part}-wide`, 'Unsqueeze', [name, writer.ints(`${part}-axes`, missing)]);
};

/** The value without the axes of these labels, which are summed. */
const summedOver = (writer: Writer, part: string, value: Labelled, gone: readonly string[]): Labelled => {
  if (gone.length === 0) return value;
  const axes = writer.ints(
    `${part}-summed`,
    gone.map((label) => value.labels.indexOf(label)),
  );
  const name = writer.step(`${part}-sum`, 'ReduceSum', [value.name, axes], { keepdims: 0 });
  return { ...value, name, labels: value.labels.filter((label) => !gone.includes(label)) };
};

const product = (sizes: readonly Dim[]): number | undefined =>
  sizes.every((size) => typeof size === 'number')
    ? sizes.reduce<number>((all, size) => all * Number(size), 1)
    : undefined;

/** The sum of products of two values over the labels that `kept` does not name. */
const contracted = (writer: Writer, part: string, x: Labelled, y: Labelled, kept: readonly string[]): Labelled => {
  const { step, ints } = writer;
  const shared = x.labels.filter((label) => y.labels.includes(label));
  const a = summedOver(
    writer,
    `${part}-a`,
    x,
    x.labels.filter((one) => !shared.includes(one) && !kept.includes(one)),
  );
  const b = summedOver(
    writer,
    `${part}-b`,
    y,
    y.labels.filter((one) => !shared.includes(one) && !kept.includes(one)),
  );
  const sizes = new Map([...y.sizes, ...x.sizes]);
  for (const [label, size] of y.sizes) if (sizes.get(label) === 1) sizes.set(label, size);
  const batch = shared.filter((label) => kept.includes(label));
  const over = shared.filter((label) => !kept.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  if (over.length === 0) {
    const labels = [...rows, ...batch, ...columns];
    const wide = [arranged(writer, `${part}-a`, a, labels), arranged(writer, `${part}-b`, b, labels)];
    return { name: step(`${part}-product`, 'Mul', wide), labels, sizes };
  }
  // Rows before the last lie before the batch, and columns that cannot be joined do, too: MatMul broadcasts there.
  const width = product(columns.map((label) => sizes.get(label)!));
  const joined = columns.length > 1 && width !== undefined;
  const wideColumns = joined ? [] : columns.slice(0, -1);
  const ends = joined ? columns : columns.slice(-1);
  const lead = [...rows.slice(0, -1), ...wideColumns, ...batch];
  const [row, end] = [rows.slice(-1), joined || ends.length === 0 ? ['→'] : ends];
  /** Without the first axes that a value does not have: MatMul puts them there. */
  const leadOf = (value: Labelled): readonly string[] => {
    const first = lead.findIndex((label) => value.labels.includes(label));
    return first < 0 ? [] : lead.slice(first);
  };
  const together = (side: string, value: Labelled, line: readonly string[]): string => {
    const head = [...leadOf(value), ...(line.length === 0 ? ['→'] : line)];
    const name = arranged(writer, side, value, [...head, ...over]);
    return over.length === 1
      ? name
      : step(`${side}-over`, 'Reshape', [name, ints(`${side}-shape`, [...head.map(() => 0), -1])]);
  };
  const left = together(`${part}-a`, a, row);
  const right = ((): string => {
    const side = `${part}-b`;
    const before = leadOf(b);
    const swap = [...rangeOf(before.length), before.length + 1, before.length];
    if (!joined) return step(`${side}-turned`, 'Transpose', [together(side, b, ends)], { perm: swap });
    const name = arranged(writer, side, b, [...before, ...columns, ...over]);
    const shape = ints(`${side}-shape`, [...before.map(() => 0), width, -1]);
    return step(`${side}-turned`, 'Transpose', [step(`${side}-joined`, 'Reshape', [name, shape])], { perm: swap });
  })();
  const result = step(`${part}-sums`, 'MatMul', [left, right]);
  const empty = [...(row.length === 0 ? [lead.length] : []), ...(columns.length === 0 ? [lead.length + 1] : [])];
  const labels = [...lead, ...row, ...(joined ? ['→'] : columns.length === 0 ? [] : end)];
  const bare =
    empty.length === 0 ? result : step(`${part}-bare`, 'Squeeze', [result, ints(`${part}-bare-axes`, empty)]);
  if (!joined) return { name: bare, labels, sizes };
  const parts = columns.map((label) => Number(sizes.get(label)));
  const apart = ints(`${part}-parts`, [...labels.slice(0, -1).map(() => 0), ...parts]);
  return { name: step(`${part}-apart`, 'Reshape', [bare, apart]), labels: [...labels.slice(0, -1), ...columns], sizes };
};

const einsum = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const text = String(node.attrs['equation'] ?? '');
  const shapes = node.inputs.map((name) => shop.type(name)?.shape);
  if (shapes.some((shape) => shape === undefined)) return shop.refuse(onnxSays.needsShape(node.op));
  const equation = parse(
    text,
    shapes.map((shape) => shape!.length),
  );
  if (equation === undefined) return shop.refuse(onnxSays.unreadEquation(text));
  return writeOut(node, shop, (writer) => {
    const operands = equation.inputs.map((labels, i): Labelled => {
      return { name: node.inputs[i]!, labels, sizes: new Map(labels.map((label, axis) => [label, shapes[i]![axis]!])) };
    });
    const [first, ...others] = operands;
    const result = others.reduce((before, next, i) => {
      const later = others.slice(i + 1).flatMap(({ labels }) => labels);
      const kept = [...equation.output, ...later];
      // The operand that has samples comes first: its axes then stay as they are.
      const swapped = shop.isConstant(before.name) && !shop.isConstant(next.name);
      const [a, b] = swapped ? [next, before] : [before, next];
      return contracted(writer, others.length === 1 ? 'pair' : `pair-${i + 1}`, a, b, kept);
    }, first!);
    const bare = summedOver(
      writer,
      'rest',
      result,
      result.labels.filter((label) => !equation.output.includes(label)),
    );
    return transposed(writer, 'result', bare, equation.output);
  });
};

export const einsumUpgrades: readonly Upgrade[] = [
  {
    name: 'write-out-einsum',
    summary: 'Einsum is a MatMul, or a Mul where nothing is summed, between transpositions and reshapes.',
    ops: ['Einsum'],
    before: Infinity,
    attrs: { equation: { type: 'string' } },
    apply: einsum,
  },
];
