import { removeNode, type Rewrite } from './rewrite.js';

/** A Softmax or LogSoftmax that only normalises the output: what is explained is the score before it. */
export const stripHead: Rewrite = {
  name: 'strip-softmax-head',
  summary: 'A Softmax or LogSoftmax at the output is taken off: scores before it are explained.',
  edit: (draft, view) => {
    const changes: string[] = [];
    draft.outputs = draft.outputs.map((output) => {
      const head = view.node(output);
      if (head === undefined || (head.op !== 'Softmax' && head.op !== 'LogSoftmax')) return output;
      const [score = ''] = head.inputs;
      if (!view.isRead(head.name)) removeNode(draft, head.name);
      changes.push(`${head.name} (${head.op}) taken off; the output is now ${score}`);
      return score;
    });
    return changes;
  },
};
