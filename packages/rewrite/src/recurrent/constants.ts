import type { Attributes, ElementType, Maker } from '@kirchhoff/graph';

/** Constants around the bodies, each written once. */
export interface Constants {
  /** A vector of integers (int64). */
  readonly ints: (...values: readonly number[]) => string;
  readonly scalar: (type: ElementType, value: number) => string;
}

export const constantsOf = (maker: Maker): Constants => {
  const written = new Map<string, string>();
  const once = (part: string, attrs: Attributes): string => {
    const name = written.get(part) ?? maker.make(part, 'Constant', [], attrs);
    written.set(part, name);
    return name;
  };
  return {
    ints: (...values) => once(`ints_${values.join('_')}`, { value_ints: values }),
    scalar: (type, value) => once(`${type}_${value}`, { value: { type, shape: [], data: [value] } }),
  };
};
