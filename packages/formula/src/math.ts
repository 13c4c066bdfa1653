import { all, create } from 'mathjs/number';

/**
 * The one instance of mathjs: literal float64 semantics (`1e-20 > 0` holds, `sqrt(-1)` is NaN).
 * `relTol: 0` is refused by mathjs, so the smallest usual power of ten stands in its place.
 */
export const math = create(all!, { relTol: 1e-300, absTol: 0, predictable: true });
