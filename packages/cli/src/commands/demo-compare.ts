import { withFlags, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { methodList, metricList } from '@kirchhoff/compare';
import { compareModels } from '@kirchhoff/compare/node';
import { progressLine } from '../progress.js';
import { listenForStop } from '../stop.js';
import { resourcePath } from '@kirchhoff/explain/node';

/** What is compared: the models that the repository brings. */
const models = ['mnist-lenet', 'shapes-cnn', 'cifar-resnet', 'nsmc-lstm', 'nsmc-bilstm'];

const limit = 8;

/** Compares methods on some samples of every bundled model, on one page. */
export const demoCompare = async (book: Rulebook, out: string): Promise<Result<string>> => {
  const methods = methodList('default', book);
  const metrics = metricList('default');
  if (E.isLeft(methods)) return methods;
  if (E.isLeft(metrics)) return metrics;
  const page = join(out, 'compare.html');
  const folder = join(out, 'compare');
  const named = models.map((model) => `models/${model}`).join(' ');
  const done = await compareModels({
    paths: models.map((model) => resourcePath(`models/${model}`)),
    book,
    methods: methods.right,
    metrics: metrics.right,
    skip: true,
    limit,
    out: folder,
    command: `npx kirchhoff compare ${named} --limit ${limit} --out ${folder}`,
    page,
    progress: progressLine(),
    spell: withFlags,
    listen: listenForStop,
  });
  return E.map(() => `wrote ${page}`)(done);
};
