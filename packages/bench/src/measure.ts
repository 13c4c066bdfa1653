import { peakMB } from './memory.js';
import { uniformFrom } from '@kirchhoff/explain';
import { tensor, type Tensor } from '@kirchhoff/graph';
import { backends, type CompileOptions, type Session } from '@kirchhoff/runtime';
import { median } from './median.js';
import type { Row, RowSpec } from './rows.js';
import { demand, explainSubject, openRulebook, openSubject, openUnwritten } from './subject.js';

export const threads = 2;
const pairs = { least: 5, most: 200, ms: 2000 } as const;

/**
 * All sessions of a row are made with these: weights are copied into the engine's own layout for batches only. The steps
 * of a sequence are too small to be worth two threads, which wait for each other at each.
 */
export const compileOptions = ({ model, batch }: Pick<RowSpec, 'model' | 'batch'>): CompileOptions => ({
  threads: model === 'nsmc-lstm' ? 1 : threads,
  prepack: batch > 1,
});

/** Noise in the shape of a batch of pictures. */
const pictures = (batch: number): Tensor => {
  const next = uniformFrom(7);
  const shape = [batch, 3, 224, 224];
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: batch * 3 * 224 * 224 }, () => next() * 4.9 - 2.2),
  );
};

/** Ids of tokens that are known, thirty in each text. */
const texts = (batch: number): Tensor => {
  const next = uniformFrom(7);
  return tensor(
    'int64',
    [batch, 30],
    Array.from({ length: batch * 30 }, () => 2 + Math.floor(next() * 9998)),
  );
};

/** What a row's sessions are given. */
export const inputsOf = ({ model, batch }: Pick<RowSpec, 'model' | 'batch'>): Readonly<Record<string, Tensor>> =>
  model === 'nsmc-lstm' ? { tokens: texts(batch) } : { image: pictures(batch) };

const since = (start: number): number => performance.now() - start;

/**
 * Measures one row in this process, which should be a new one: the explanation is built and set up, the forward pass
 * beside it, each is run once to warm up, then all in turn.
 */
export const measure = async (row: RowSpec, folder: string): Promise<Row> => {
  const { model: name, composite, batch } = row;
  const model = demand(openSubject(name, folder));
  const book = demand(openRulebook());
  const begun = performance.now();
  const explanation = demand(explainSubject(model, book, composite));
  const buildMs = since(begun);
  const options = compileOptions(row);
  const made = performance.now();
  const explain = await backends.ort.compile(explanation.graph, model.typed.store, {
    ...options,
    types: explanation.types,
  });
  const setupMs = since(made);
  const forward = await backends.ort.compile(model.typed.graph, model.typed.store, options);
  const unwritten = demand(openUnwritten(folder));
  const isRecurrent = unwritten.graph.nodes.some(({ op }) => op === 'LSTM' || op === 'GRU' || op === 'RNN');
  const fused = isRecurrent ? await backends.ort.compile(unwritten.graph, unwritten.store, options) : undefined;
  const inputs = inputsOf(row);
  const time = async (session: Session): Promise<number> => {
    const start = performance.now();
    await session.run(inputs);
    return since(start);
  };
  await time(forward);
  if (fused) await time(fused);
  const first = await time(explain);
  const count = Math.min(pairs.most, Math.max(pairs.least, Math.ceil(pairs.ms / first)));
  const times: { readonly forward: number; readonly explain: number; readonly fused: number }[] = [];
  for (let i = 0; i < count; i++) {
    times.push({
      forward: await time(forward),
      explain: await time(explain),
      fused: fused ? await time(fused) : Number.NaN,
    });
  }
  for (const session of [forward, explain, fused]) await session?.close();
  const explainMs = median(times.map((one) => one.explain));
  return {
    model: name,
    composite,
    batch,
    ...(row.imported === true && { imported: true }),
    forwardMs: readable(median(times.map((one) => one.forward))),
    explainMs: readable(explainMs),
    sampleMs: readable(explainMs / batch),
    ...(fused && { fusedMs: readable(median(times.map((one) => one.fused))) }),
    ratio: rounded(median(times.map((one) => one.explain / one.forward)), 100),
    passes: explanation.passes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0),
    buildMs: rounded(buildMs),
    setupMs: rounded(setupMs),
    peakMB: peakMB(),
  };
};

const rounded = (value: number, per = 1): number => Math.round(value * per) / per;

/** Milliseconds, small ones to a hundredth. */
const readable = (ms: number): number => rounded(ms, ms < 10 ? 100 : 1);
