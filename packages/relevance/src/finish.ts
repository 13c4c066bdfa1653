import { elementTypeCodes } from '@kirchhoff/graph';
import type { Plan } from '@kirchhoff/rule';
import type { Builder } from './builder.js';
import { emitExpr } from './expression.js';
import { asTensor } from './value.js';

/** The plan's last step: what arrived at a value becomes the map that is asked for. */
export const finish = (b: Builder, plan: Plan, value: string, R: string): string => {
  if (plan.finish === undefined) return R;
  const hint = `${value}/finish`;
  const x = b.type(value).type === b.float ? value : b.emit(hint, 'Cast', [value], { to: elementTypeCodes[b.float] });
  return asTensor(b, emitExpr(b, plan.finish.expr, { x: { tensor: x }, R: { tensor: R } }, hint), hint);
};
