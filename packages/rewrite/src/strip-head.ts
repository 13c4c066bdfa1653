import type { Node } from '@kirchhoff/graph';
import { redirect, removeNode, type Rewrite, type View } from './rewrite.js';

const relabels: readonly string[] = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity'];

/** The Softmax or LogSoftmax that an output is, or that only it is a new shape of. */
const headOf = (output: string, view: View): Node | undefined => {
  const node = view.node(output);
  if (node?.op === 'Softmax' || node?.op === 'LogSoftmax') return node;
  if (node === undefined || !relabels.includes(node.op)) return undefined;
  const [source = ''] = node.inputs;
  return view.onlyReader(source) === node ? headOf(source, view) : undefined;
};

/** A Softmax or LogSoftmax that only normalises the output: what is explained is the score before it. */
export const stripHead: Rewrite = {
  name: 'strip-softmax-head',
  summary: 'A Softmax or LogSoftmax at the output is taken off: scores before it are explained.',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const output of draft.outputs) {
      const head = headOf(output, view);
      if (head === undefined) continue;
      const [score = ''] = head.inputs;
      if (head.name === output) {
        draft.outputs = draft.outputs.map((name) => (name === output ? score : name));
        if (!view.isRead(head.name)) removeNode(draft, head.name);
        changes.push(`${head.name} (${head.op}) taken off; the output is now ${score}`);
      } else {
        redirect(draft, head.name, score);
        removeNode(draft, head.name);
        changes.push(`${head.name} (${head.op}) taken off; the output ${output} is now the score`);
      }
    }
    return changes;
  },
};
