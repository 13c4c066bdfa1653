import { attributesOf, makerOf, type Node } from '@kirchhoff/graph';
import { mergePair, type Rewrite, type View } from './rewrite.js';

interface Scaling {
  readonly linear: Node;
  readonly constant: string;
}

const linearOps = ['Conv', 'ConvTranspose', 'Gemm'];

/** A Mul by a constant, or a Div by one, of a linear node that nobody else reads and whose parameters are constant. */
const scalingOf = (node: Node, view: View): Scaling | undefined => {
  if (node.op !== 'Mul' && node.op !== 'Div') return undefined;
  const [left = '', right = ''] = node.inputs;
  const [value, constant] = view.constant(right) || node.op === 'Div' ? [left, right] : [right, left];
  const linear = view.node(value);
  if (!view.constant(constant) || linear === undefined || !linearOps.includes(linear.op)) return undefined;
  if (view.onlyReader(value) !== node) return undefined;
  const parameters = linear.inputs.slice(1).filter((name) => name !== '');
  return parameters.every((name) => view.constant(name)) ? { linear, constant } : undefined;
};

/** Where the output channel is: among the axes of the output, and of the weight. Undefined where there is no one place. */
const channelAxes = (linear: Node): { readonly output: number; readonly weight: number } | undefined => {
  const attrs = attributesOf(linear);
  if (linear.op === 'Conv') return { output: 1, weight: 0 };
  if (linear.op === 'ConvTranspose') return attrs['group'] === 1 ? { output: 1, weight: 1 } : undefined;
  const plain = attrs['alpha'] === 1 && attrs['beta'] === 1;
  return plain ? { output: 1, weight: attrs['transB'] === 1 ? 0 : 1 } : undefined;
};

const folded = (node: Node, { linear, constant }: Scaling, view: View): readonly Node[] | undefined => {
  const axes = channelAxes(linear);
  const out = view.type(linear.name)?.shape ?? [];
  const scale = view.type(constant)?.shape ?? [];
  const weight = view.type(linear.inputs[1]!)?.shape ?? [];
  const channels = out[1];
  if (axes === undefined || typeof channels !== 'number' || scale.length > out.length) return undefined;
  const padded = [...Array<number>(out.length - scale.length).fill(1), ...scale];
  const one = padded.every((dim) => dim === 1);
  if (!one && !padded.every((dim, axis) => dim === 1 || (axis === axes.output && dim === channels))) return undefined;
  const [x = '', w = '', bias = ''] = linear.inputs;
  const biasShape = bias === '' ? undefined : view.type(bias)?.shape;
  if (biasShape !== undefined && (biasShape.length !== 1 || biasShape[0] !== channels)) return undefined;
  const { nodes, make, ints } = makerOf(view.fresh, `${node.name}.`);
  const shaped = (part: string, shape: readonly number[]): string =>
    make(part, 'Reshape', [constant, ints(`${part}.shape`, shape)]);
  const wide = shaped(
    'scale.wide',
    weight.map((_, axis) => (axis === axes.weight && !one ? -1 : 1)),
  );
  const newWeight = make('weight', node.op, [w, wide]);
  const newBias = bias === '' ? [] : [make('bias', node.op, [bias, shaped('scale', [-1])])];
  return [...nodes, { ...linear, inputs: [x, newWeight, ...newBias] }];
};

/** A linear node and the constant factor of each of its channels are one linear node. */
export const foldScale: Rewrite = {
  name: 'fold-scale',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      const scaling = scalingOf(node, view);
      const made = scaling && folded(node, scaling, view);
      if (scaling === undefined || made === undefined) continue;
      mergePair(draft, scaling.linear, node.name, made);
      changes.push(`${node.name} (${node.op}) folded into ${scaling.linear.name} (${scaling.linear.op})`);
    }
    return changes;
  },
};
