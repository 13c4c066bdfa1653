import type { View } from './rewrite.js';

/** Everything that `name` is computed from, up to `ends`. */
export const behind = (name: string, ends: readonly string[], view: View): readonly string[] => {
  const found = new Set<string>();
  const follow = (value: string): void => {
    const node = ends.includes(value) ? undefined : view.node(value);
    if (node === undefined || found.has(node.name)) return;
    found.add(node.name);
    node.inputs.forEach(follow);
  };
  follow(name);
  return [...found];
};
