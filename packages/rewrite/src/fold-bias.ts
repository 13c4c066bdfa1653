import { floatAttribute, makerOf, type Dim, type Node, type ValueType } from '@kirchhoff/graph';
import { mergePair, replaceNode, type Rewrite, type View } from './rewrite.js';

interface Addition {
  readonly add: Node;
  readonly linear: Node;
  readonly constant: string;
}

/** An Add of a constant whose other operand is a linear node that nobody else reads. */
const additionOf = (node: Node, view: View): Addition | undefined => {
  if (node.op !== 'Add') return undefined;
  const [left = '', right = ''] = node.inputs;
  const [value, constant] = view.constant(right) ? [left, right] : [right, left];
  const linear = view.node(value);
  if (!view.constant(constant) || linear === undefined || view.onlyReader(value) !== node) return undefined;
  return { add: node, linear, constant };
};

const sizeIs = (type: ValueType | undefined, shape: readonly Dim[]): boolean =>
  type !== undefined && type.shape.length === shape.length && type.shape.every((dim, i) => dim === shape[i]);

/** The constant as one number per channel of an [N, C, …] tensor: [C] as a graph node, or undefined where it varies otherwise. */
const perChannel = (type: ValueType, channels: Dim, rank: number): boolean => {
  const padded = [...Array<Dim>(Math.max(rank - type.shape.length, 0)).fill(1), ...type.shape];
  return padded.length === rank && padded.every((dim, axis) => dim === 1 || (axis === 1 && dim === channels));
};

const foldIntoConv = ({ add, linear, constant }: Addition, view: View): readonly Node[] | undefined => {
  const out = view.type(linear.name)!.shape;
  const channels = out[1]!;
  if (!perChannel(view.type(constant)!, channels, out.length) || typeof channels !== 'number') return undefined;
  const { nodes, make, ints } = makerOf(view.fresh, `${add.name}.`);
  const flat = make('bias', 'Reshape', [constant, ints('bias.shape', [-1])]);
  const same = view.type(constant)!.shape.every((dim) => dim === 1);
  const bias = same ? make('bias.wide', 'Expand', [flat, ints('bias.size', [channels])]) : flat;
  const [x = '', weight = '', own = ''] = linear.inputs;
  if (own !== '' && !view.constant(own)) return undefined;
  const sum = own === '' ? bias : make('bias.sum', 'Add', [own, bias]);
  return [...nodes, { ...linear, inputs: [x, weight, sum] }];
};

const foldIntoGemm = ({ add, linear, constant }: Addition, view: View): readonly Node[] | undefined => {
  if (!sizeIs(view.type(add.name), view.type(linear.name)!.shape)) return undefined;
  const own = linear.inputs[2];
  const beta = floatAttribute(linear, 'beta');
  if (!own)
    return [
      { ...linear, inputs: [linear.inputs[0]!, linear.inputs[1]!, constant], attrs: { ...linear.attrs, beta: 1 } },
    ];
  if (!view.constant(own) || beta !== 1) return undefined;
  const sum = view.fresh(`${add.name}.bias.sum`);
  return [
    { name: sum, op: 'Add', inputs: [own, constant] },
    { ...linear, inputs: [linear.inputs[0]!, linear.inputs[1]!, sum] },
  ];
};

/** MatMul of a computed matrix by a constant one, plus a constant: a Gemm; with more axes, a Gemm over the last one. */
const foldIntoMatMul = ({ add, linear, constant }: Addition, view: View): readonly Node[] | undefined => {
  const [x = '', w = ''] = linear.inputs;
  const dims = view.type(x)!.shape;
  const weight = view.type(w)!.shape;
  const biasDims = view.type(constant)!.shape;
  const out = view.type(linear.name)!.shape;
  if (view.constant(x) || !view.constant(w) || weight.length !== 2 || dims.length < 2) return undefined;
  const vector = biasDims.every((dim, i) => dim === 1 || i === biasDims.length - 1);
  if (!vector || biasDims.length > out.length || !sizeIs(view.type(add.name), out)) return undefined;
  if (dims.length === 2) return [{ name: linear.name, op: 'Gemm', inputs: [x, w, constant] }];
  const [k, m] = weight;
  const { make, ints, ending } = makerOf(view.fresh, `${linear.name}.`);
  const rows = make('rows', 'Reshape', [x, ints('rows.shape', [-1, Number(k)])]);
  const bias = make('bias', 'Reshape', [constant, ints('bias.shape', [-1])]);
  const gemm = make('gemm', 'Gemm', [rows, w, bias]);
  const lead = make('lead', 'Slice', [make('shape', 'Shape', [x]), ints('zero', [0]), ints('last', [dims.length - 1])]);
  make('wide', 'Reshape', [gemm, make('full', 'Concat', [lead, ints('width', [Number(m)])], { axis: 0 })]);
  return ending(linear.name);
};

const folds: {
  readonly [Op in 'Conv' | 'ConvTranspose' | 'Gemm' | 'MatMul']: (
    addition: Addition,
    view: View,
  ) => readonly Node[] | undefined;
} = {
  Conv: foldIntoConv,
  ConvTranspose: foldIntoConv,
  Gemm: foldIntoGemm,
  MatMul: foldIntoMatMul,
};

/** A constant taken away is its negative added. */
const negated = (node: Node, view: View): readonly Node[] | undefined => {
  const [value = '', constant = ''] = node.inputs;
  const linear = view.node(value);
  if (node.op !== 'Sub' || linear === undefined || !Object.hasOwn(folds, linear.op)) return undefined;
  if (view.constant(value) || !view.constant(constant) || view.onlyReader(value) !== node) return undefined;
  const negative = view.fresh(`${node.name}.negative`);
  return [
    { name: negative, op: 'Neg', inputs: [constant] },
    { ...node, op: 'Add', inputs: [value, negative] },
  ];
};

/** A linear node and the constant added to it are one affine node: rules need to see the bias as `b`. */
export const foldBias: Rewrite = {
  name: 'fold-bias',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      const { name } = node;
      const sum = negated(node, view);
      if (sum !== undefined) {
        replaceNode(draft, name, sum);
        changes.push(`${name} (Sub) is an Add of the negative`);
        continue;
      }
      const addition = additionOf(node, view);
      if (addition === undefined || !Object.hasOwn(folds, addition.linear.op)) continue;
      const { linear } = addition;
      const made = folds[linear.op as keyof typeof folds](addition, view);
      if (made === undefined) continue;
      mergePair(draft, linear, name, made);
      changes.push(`${name} (Add) folded into ${linear.name} (${linear.op})`);
    }
    return changes;
  },
};
