import { floatAttribute, isSet, makerOf, type Graph, type Node, type OpName } from '@kirchhoff/graph';
import type { Draft } from 'immer';
import { writtenOutConvolution } from './unfolded.js';
import { replaceNode, type Rewrite, type View } from './rewrite.js';

/** Writes a node of two computed factors as others, of which the last bears its name; undefined where that must wait. */
export type WriteOut = (node: Node, view: View, draft: Draft<Graph>) => readonly Node[] | undefined;

const isGiven = ({ inputs }: Node, port: number): boolean => (inputs[port] ?? '') !== '';

/** Gemm: a MatMul of what is transposed first, times alpha, plus beta times C. */
const writtenOutGemm: WriteOut = (node, view, draft) => {
  const [alpha, beta] = [floatAttribute(node, 'alpha'), floatAttribute(node, 'beta')];
  const { make, tensor, ending } = makerOf(view.fresh, `${node.name}.`, { tensors: draft.tensors });
  const { type } = view.type(node.name)!;
  const scaled = (part: string, value: string, factor: number): string =>
    factor === 1 ? value : make(`${part}.scaled`, 'Mul', [value, tensor(part, { type, shape: [], data: [factor] })]);
  const turned = (part: string, value: string, flag: string): string =>
    !isSet(node, flag) ? value : make(part, 'Transpose', [value], { perm: [1, 0] });
  const [a = '', b = '', c = ''] = node.inputs;
  const factors = [turned('a', a, 'transA'), turned('b', b, 'transB')];
  const product = make('product', 'MatMul', factors, {}, node.roles);
  const total = scaled('alpha', product, alpha);
  if (isGiven(node, 2)) make('sum', 'Add', [total, scaled('beta', c, beta)]);
  return ending(node.name);
};

const writeOut: { readonly [Op in OpName]?: WriteOut } = {
  Gemm: writtenOutGemm,
  Conv: writtenOutConvolution,
  ConvTranspose: writtenOutConvolution,
};

/** What multiplies two computed tensors is a MatMul, whichever way it takes their elements: rules speak of its pairs. */
export const writeOutComputedWeights: Rewrite = {
  name: 'write-out-computed-weights',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name, op } of view.nodes) {
      const write = writeOut[op];
      const node = view.node(name)!;
      if (write === undefined || node.inputs.slice(0, 2).some((input) => view.constant(input))) continue;
      const drafted = draft.nodes.find((one) => one.name === name)!;
      const made = write({ ...node, inputs: drafted.inputs }, view, draft);
      if (made === undefined) continue;
      replaceNode(draft, name, made);
      changes.push(`${name} (${op}) is a MatMul of two computed tensors`);
    }
    return changes;
  },
};
