import { tensor, type Tensor } from '@kirchhoff/graph';
import { backends, type CompileOptions, type Session } from '@kirchhoff/runtime';
import { median } from './median.js';
import { uniform } from './random.js';
import type { Row, RowSpec } from './rows.js';
import { demand, explainSubject, openRulebook, openSubject } from './subject.js';

export const threads = 2;
const pairs = 5;

/** Both sessions of a row are made with these: weights are copied into the engine's own layout for batches only. */
export const compileOptions = (batch: number): CompileOptions => ({ threads, prepack: batch > 1 });

/** Noise in the shape of a batch of pictures. */
export const pictures = (batch: number): Tensor => {
  const next = uniform(7);
  const shape = [batch, 3, 224, 224];
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: batch * 3 * 224 * 224 }, () => next() * 4.9 - 2.2),
  );
};

const since = (start: number): number => performance.now() - start;

/**
 * Measures one row in this process, which should be a new one: the explanation is built and set up, the forward pass
 * beside it, each is run once to warm up, then both in turn.
 */
export const measure = async ({ model: name, composite, batch }: RowSpec, folder: string): Promise<Row> => {
  const model = demand(openSubject(name, folder));
  const book = demand(openRulebook());
  const begun = performance.now();
  const explanation = demand(explainSubject(model, book, composite));
  const buildMs = since(begun);
  const made = performance.now();
  const explain = await backends.ort.compile(explanation.graph, model.typed.store, compileOptions(batch));
  const setupMs = since(made);
  const forward = await backends.ort.compile(model.typed.graph, model.typed.store, compileOptions(batch));
  const inputs = { image: pictures(batch) };
  const time = async (session: Session): Promise<number> => {
    const start = performance.now();
    await session.run(inputs);
    return since(start);
  };
  await time(forward);
  await time(explain);
  const times: { readonly forward: number; readonly explain: number }[] = [];
  for (let i = 0; i < pairs; i++) times.push({ forward: await time(forward), explain: await time(explain) });
  await forward.close();
  await explain.close();
  return {
    model: name,
    composite,
    batch,
    forwardMs: rounded(median(times.map(({ forward }) => forward))),
    explainMs: rounded(median(times.map(({ explain }) => explain))),
    ratio: rounded(median(times.map(({ forward, explain }) => explain / forward)), 100),
    passes: explanation.passes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0),
    buildMs: rounded(buildMs),
    setupMs: rounded(setupMs),
    peakMB: rounded((process.resourceUsage().maxRSS * 1024) / 1e6),
  };
};

const rounded = (value: number, per = 1): number => Math.round(value * per) / per;
