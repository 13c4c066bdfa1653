import { outputsOf } from '@kirchhoff/graph';
import { replaceNode, type Rewrite } from './rewrite.js';

/** Longer lists stay where they are computed: they are weights rather than shapes. */
const longest = 64;

/** Whole numbers that follow from constants and fixed shapes are written down. */
export const foldConstants: Rewrite = {
  name: 'fold-constants',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const node of view.nodes) {
      const { name, op } = node;
      const type = view.type(name);
      const values = view.integers(name);
      if (op === 'Constant' || type?.type !== 'int64' || type.shape.length > 1 || values === undefined) continue;
      if (values.length > longest || outputsOf(node).length > 1 || !values.every(Number.isSafeInteger)) continue;
      const attrs = type.shape.length === 0 ? { value_int: values[0]! } : { value_ints: values };
      replaceNode(draft, name, [{ name, op: 'Constant', inputs: [], attrs }]);
      changes.push(`${name} (${op}) is ${type.shape.length === 0 ? values[0] : `[${values.join(', ')}]`}`);
    }
    return changes;
  },
};
