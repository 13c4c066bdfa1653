import { makerOf, type Node } from '@kirchhoff/graph';
import { replaceNode, type Rewrite, type View } from './rewrite.js';

/** The normalisation, the product with its scale and the sum with its bias; undefined where it has neither. */
const parts = (norm: Node, view: View): readonly Node[] | undefined => {
  const [x = '', scale = '', bias = ''] = norm.inputs;
  const scaled = view.numbers(scale)?.every((value) => value === 1) !== true;
  if (!scaled && bias === '') return undefined;
  const [type, sizes] = [view.type(scale)!, view.type(scale)!.shape];
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const nodes: Node[] = [];
  const { named, make, ints, ending } = makerOf(view.fresh, `${norm.name}.`, { nodes });
  const one = { value: { type: type.type, shape: [1], data: [1] } };
  const ones = scaled ? make('ones', 'ConstantOfShape', [ints('scale.shape', sizes)], one) : scale;
  const normal = named('normal');
  nodes.push({ ...norm, name: normal, inputs: [x, ones] });
  const product = scaled ? make('scaled', 'Mul', [normal, scale]) : normal;
  if (bias !== '') make('shifted', 'Add', [product, bias]);
  return ending(norm.name);
};

/** Scale and bias of a normalisation are a product and a sum: they have rules of their own, and the bias its share. */
export const splitLayerNorm: Rewrite = {
  name: 'split-layer-norm',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      const made = node.op === 'LayerNormalization' && !view.constant(node.name) ? parts(node, view) : undefined;
      if (made === undefined) continue;
      const steps = made.filter(({ op }) => op === 'Mul' || op === 'Add').map(({ op }) => op);
      replaceNode(draft, node.name, made);
      changes.push(`${node.name} (LayerNormalization) is one without scale and bias, then ${steps.join(' and ')}`);
    }
    return changes;
  },
};
