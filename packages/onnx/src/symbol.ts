import { freshNames } from '@kirchhoff/graph';

const identifier = (text: string): string => text.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?![A-Za-z_])/, '_');

/** The symbols of a model's dimensions: each ONNX name becomes one identifier of ours, always the same one. */
export const symbolTable = (named: readonly string[]) => {
  const symbols = new Map<string, string>();
  const fresh = freshNames(new Set(['floor']), '_');
  for (const name of named) if (!symbols.has(name)) symbols.set(name, fresh(identifier(name)));
  return {
    /** The symbol of a name found in the model. */
    of: (name: string): string => symbols.get(name) ?? identifier(name),
    /** The symbol of leading dimensions that the model leaves open: `N`, unless the model calls another one so. */
    leading: fresh('N'),
    /** A symbol for a dimension that the model leaves open. */
    open: (input: string, axis: number): string => fresh(`${identifier(input)}_${axis}`),
  };
};

export type Symbols = ReturnType<typeof symbolTable>;
