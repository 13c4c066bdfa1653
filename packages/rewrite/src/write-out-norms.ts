import { makerOf, type OpName } from '@kirchhoff/graph';
import { castImmutable } from 'immer';
import { replaceNode, type Rewrite } from './rewrite.js';

/** What a reduction does to each element before it sums them, and to the sum. */
interface Parts {
  readonly before?: 'Abs' | 'Pow';
  readonly after?: 'Sqrt' | 'Log';
}

const norms: { readonly [Op in OpName]?: Parts } = {
  ReduceL1: { before: 'Abs' },
  ReduceL2: { before: 'Pow', after: 'Sqrt' },
  ReduceSumSquare: { before: 'Pow' },
  ReduceLogSum: { after: 'Log' },
};

/** A norm is a sum, which rules for sums share out, between functions of single elements. */
export const writeOutNorms: Rewrite = {
  name: 'write-out-norms',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name, op } of view.nodes) {
      const parts = norms[op];
      const type = view.type(name)?.type;
      if (parts === undefined || view.constant(name) || (type !== 'float32' && type !== 'float64')) continue;
      const { inputs, attrs } = draft.nodes.find((drafted) => drafted.name === name)!;
      const [x = '', ...axes] = inputs;
      const { make, tensor, ending } = makerOf(view.fresh, `${name}.`, { tensors: draft.tensors });
      const two = parts.before === 'Pow' ? [tensor('two', { type, shape: [], data: [2] })] : [];
      const each = parts.before === undefined ? x : make('each', parts.before, [x, ...two]);
      const sum = make('sum', 'ReduceSum', [each, ...axes], castImmutable(attrs));
      if (parts.after !== undefined) make('result', parts.after, [sum]);
      replaceNode(draft, name, ending(name));
      changes.push(`${name} (${op}) is a ReduceSum`);
    }
    return changes;
  },
};
