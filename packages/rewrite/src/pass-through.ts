import { draftNode, redirect, removeNode, type Rewrite } from './rewrite.js';

/** Dropout (at inference) and Identity hand on what they receive. Kept where an output of the graph would lose its name to an input or another output. */
export const removePassThrough: Rewrite = {
  name: 'remove-pass-through',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name, op, outputs } of view.nodes) {
      if (op !== 'Identity' && op !== 'Dropout') continue;
      const [source = ''] = draftNode(draft, name).inputs;
      if (outputs?.some((further) => further !== '')) continue;
      if (draft.outputs.includes(name) && (view.node(source) === undefined || draft.outputs.includes(source))) continue;
      redirect(draft, name, source);
      removeNode(draft, name);
      changes.push(`${name} (${op}) removed`);
    }
    return changes;
  },
};
